#include "mock/call.hpp"

#include <boost/json.hpp>

#include "base/text.hpp"
#include "mock/timestamp.hpp"
#include "mock/validation.hpp"

namespace sidecache::mock {
namespace {

/// "Acme Prod (EU)" -> "acme-prod-eu"
std::string slug_from(std::string_view name) {
  std::string slug;
  for (const char c : name) {
    if (is_slug({&c, 1})) {
      slug.push_back(to_lower(c));
    } else if (!slug.empty() && slug.back() != '-') {
      slug.push_back('-');
    }
  }
  if (slug.empty() || slug.back() != '-') slug.push_back('-');
  return slug;
}

}  // namespace

std::expected<scope, api_error> call::where() const {
  std::string asked(target.query_value("workspace_id").value_or(""));
  if (asked.empty()) asked = text("workspace_id");
  if (asked.empty()) return scope{caller.organisation_id, caller.workspace_id};
  const auto* found = all.find_workspace(caller.organisation_id, asked);
  if (!caller.workspace_id.empty() && (found == nullptr || found->id != caller.workspace_id))
    return std::unexpected(forbidden("You do not have access to this workspace"));
  if (found == nullptr)
    return std::unexpected(api_error{404, "AB02", "not_found_error", "Workspace not found", error_shape::detailed});
  return scope{caller.organisation_id, found->id};
}

std::expected<const record*, api_error> call::named(family kind) const {
  const auto from = where();
  if (!from) return std::unexpected(from.error());
  const auto* one = all.find(kind, *from, target.segments.at(1));
  if (one == nullptr) return std::unexpected(not_found(kind));
  return one;
}

std::string call::text(std::string_view key) const {
  const auto* value = body.if_contains(key);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string{};
}

bool call::flag(std::string_view key, bool otherwise) const {
  const auto* value = body.if_contains(key);
  return value != nullptr && value->is_bool() ? value->get_bool() : otherwise;
}

std::expected<std::string, api_error> call::free_slug(family kind, const scope& at) const {
  auto slug = text("slug");
  if (slug.empty()) slug = slug_from(text("name")) + ids.next_suffix();
  if (all.by_slug(kind, at, slug) != nullptr) return std::unexpected(conflict(kind, slug));
  return slug;
}

json::string call::timestamp() const { return json::string(format_timestamp(now)); }

std::expected<json::object, api_error> parse_body(std::string_view body) {
  if (body.empty()) return json::object();
  boost::system::error_code error;
  json::value parsed = json::parse(body, error);
  if (error || !parsed.is_object()) return std::unexpected(bad_request("The request body must be a JSON object"));
  return std::move(parsed.get_object());
}

void copy_members(const json::object& from, json::object& to, std::initializer_list<std::string_view> names) {
  for (const auto name : names)
    if (const auto* value = from.if_contains(name)) to[name] = *value;
}

}  // namespace sidecache::mock
