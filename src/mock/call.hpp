// One authenticated request to the admin API while it is worked on, and what the kinds' operations share.
//
// Lives for the length of control_plane::handle; everything it points to outlives it.
#pragma once

#include <boost/json/value.hpp>
#include <expected>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "mock/api_error.hpp"
#include "mock/id_source.hpp"
#include "mock/message.hpp"
#include "mock/store.hpp"

namespace sidecache::mock {

using result = std::expected<json::value, api_error>;

struct call {
  store& all;
  id_source& ids;
  wall_time now;
  const api_key& caller;
  mock::target target;
  http::method method = http::method::get;
  json::object body;

  /// Where the request looks: the caller's workspace, or the one that `workspace_id` names in the query or the body.
  /// 403 if that is not the caller's, 404 if the organisation has none such.
  [[nodiscard]] std::expected<scope, api_error> where() const;
  /// The record that segment 1 names, or 404.
  [[nodiscard]] std::expected<const record*, api_error> named(family kind) const;
  /// `key` in the body as text, "" if it is absent or no string.
  [[nodiscard]] std::string text(std::string_view key) const;
  /// Whether the body has `key: false` or `key: true`; `otherwise` if neither.
  [[nodiscard]] bool flag(std::string_view key, bool otherwise) const;
  /// The slug that a new record gets: the body's, else one made from its name. 409 if it is taken.
  [[nodiscard]] std::expected<std::string, api_error> free_slug(family kind, const scope& where) const;
  [[nodiscard]] json::string timestamp() const;
};

/// The body of a write: {} if there is none, 400 if it is no JSON object.
[[nodiscard]] std::expected<json::object, api_error> parse_body(std::string_view body);

/// Copies the members of `from` that are named, if they are there.
void copy_members(const json::object& from, json::object& to, std::initializer_list<std::string_view> names);

}  // namespace sidecache::mock
