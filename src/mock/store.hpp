// What the mock control plane holds: organisations, their workspaces and API keys, and the records.
//
// A record stands in a scope: one workspace, or (integrations only) the whole organisation. A slug names one record per
// kind and scope, so the same slug may name different records in different workspaces; a UUID names one in all.
// Records keep their address until they are erased. Pure and in memory; not thread-safe.
#pragma once

#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "records/kind.hpp"

namespace sidecache::mock {

namespace json = boost::json;

struct organisation {
  std::string id;
  std::string slug;
  std::string name;
};

struct workspace {
  std::string id;
  std::string slug;
  std::string name;
  std::string organisation_id;
};

struct api_key {
  std::string secret;
  std::string name;
  std::string organisation_id;
  std::string workspace_id;  ///< empty: the key speaks for the whole organisation
  bool read_only = false;
};

/// Where a slug is looked for. An empty workspace means the whole organisation.
struct scope {
  std::string organisation_id;
  std::string workspace_id;
};

struct record {
  records::kind kind = records::kind::integration;
  std::string id{};
  std::string slug{};
  scope where{};
  /// The fields as they were written, secrets in clear: what clients see is made from them (presentation.hpp).
  json::object body{};
  json::array workspaces{};  ///< integrations: {id, enabled, usage_limits, rate_limits} per workspace that was named
  json::array models{};      ///< integrations: {slug, enabled, ...} per model that was named
};

class store {
 public:
  void add(organisation one) { organisations_.push_back(std::move(one)); }
  void add(workspace one) { workspaces_.push_back(std::move(one)); }
  void add(api_key one) { keys_.push_back(std::move(one)); }

  [[nodiscard]] const std::vector<organisation>& organisations() const { return organisations_; }
  [[nodiscard]] const std::vector<workspace>& workspaces() const { return workspaces_; }
  [[nodiscard]] const std::vector<api_key>& keys() const { return keys_; }
  /// By slug or UUID; null if there is none.
  [[nodiscard]] const organisation* find_organisation(std::string_view ident) const;
  [[nodiscard]] const workspace* find_workspace(std::string_view organisation_id, std::string_view ident) const;
  [[nodiscard]] const api_key* find_key(std::string_view secret) const;

  /// The slug must be free in that scope, the id new.
  record& insert(record made);
  void erase(records::kind kind, const std::string& id);
  /// Of exactly that scope.
  [[nodiscard]] record* by_slug(records::kind kind, const scope& where, std::string_view slug);
  [[nodiscard]] record* by_id(records::kind kind, std::string_view id);
  /// By slug or UUID, as seen from a scope: the workspace's own record, else the organisation's; with no workspace the
  /// organisation's own, else the first made in any of its workspaces.
  [[nodiscard]] record* find(records::kind kind, const scope& from, std::string_view ident);
  /// In the order they were made.
  [[nodiscard]] std::vector<record*> list(records::kind kind, const std::function<bool(const record&)>& wanted);

 private:
  struct collection {
    std::map<std::uint64_t, record> in_order;
    std::unordered_map<std::string, std::uint64_t> by_slug;
    std::unordered_map<std::string, std::uint64_t> by_id;
  };
  [[nodiscard]] collection& of(records::kind kind) { return collections_[static_cast<std::size_t>(kind)]; }

  std::vector<organisation> organisations_;
  std::vector<workspace> workspaces_;
  std::vector<api_key> keys_;
  std::array<collection, 3> collections_;
  std::uint64_t made_ = 0;
};

}  // namespace sidecache::mock
