// What the mock control plane holds: organisations, their workspaces and API keys, and the records.
//
// A record stands in a scope: one workspace, or (integrations, guardrails, API keys) the whole organisation. A slug
// names one record per kind and scope, so the same slug may name different records in different workspaces; a UUID
// names one in all. Whoever reads gets them const: to write there is change(), which sync will tell of, so no change
// can be forgotten. Records keep their address until they are erased. Pure and in memory; not thread-safe.
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

#include "mock/change_log.hpp"
#include "mock/family.hpp"
#include "mock/scope.hpp"

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

/// What a client sends, and of whom it is. What is told of it is a record like others, of the same id.
struct api_key {
  std::string secret;
  std::string name;
  std::string organisation_id;
  std::string workspace_id;  ///< empty: the key speaks for the whole organisation
  bool read_only = false;
  std::string id{};
};

/// What an organisation's gateways send beside their callers' API keys.
struct client_auth {
  std::string secret;
  std::string name;
  std::string organisation_id;
};

struct record {
  family kind = family::integration;
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
  void add(client_auth one) { client_auths_.push_back(std::move(one)); }
  /// `fields`: those of its record, which goes by the key's name.
  void add(api_key one, json::object fields);

  [[nodiscard]] const std::vector<organisation>& organisations() const { return organisations_; }
  [[nodiscard]] const std::vector<workspace>& workspaces() const { return workspaces_; }
  /// By slug or UUID; null if there is none.
  [[nodiscard]] const organisation* find_organisation(std::string_view ident) const;
  [[nodiscard]] const workspace* find_workspace(std::string_view organisation_id, std::string_view ident) const;
  /// Null too if the key's record was erased.
  [[nodiscard]] const api_key* find_key(std::string_view secret) const;
  [[nodiscard]] const client_auth* find_client_auth(std::string_view secret) const;

  /// The slug must be free in that scope, the id new.
  const record& insert(record made);
  /// The same record, to be written to.
  [[nodiscard]] record& change(const record& one);
  void erase(const record& one);
  /// Of exactly that scope.
  [[nodiscard]] const record* by_slug(family kind, const scope& where, std::string_view slug) const;
  [[nodiscard]] const record* by_id(family kind, std::string_view id) const;
  /// By slug or UUID, as seen from a scope: the workspace's own record, else the organisation's; with no workspace the
  /// organisation's own, else the first made in any of its workspaces.
  [[nodiscard]] const record* find(family kind, const scope& from, std::string_view ident) const;
  /// In the order they were made.
  [[nodiscard]] std::vector<const record*> list(family kind, const std::function<bool(const record&)>& wanted) const;
  /// The providers or virtual keys of an integration.
  [[nodiscard]] std::vector<const record*> dependents(const record& integration, family kind) const;

  /// What changed in the organisation since this identifier last asked; handed out once (change_log.hpp).
  [[nodiscard]] std::vector<mock::change> changes_for(const std::string& organisation_id, std::string_view identifier);

 private:
  struct collection {
    std::map<std::uint64_t, record> in_order;
    std::unordered_map<std::string, std::uint64_t> by_slug;
    std::unordered_map<std::string, std::uint64_t> by_id;
  };
  [[nodiscard]] collection& of(family kind) { return collections_.at(static_cast<std::size_t>(kind)); }
  [[nodiscard]] const collection& of(family kind) const { return collections_.at(static_cast<std::size_t>(kind)); }
  void note(const record& one);

  std::vector<organisation> organisations_;
  std::vector<workspace> workspaces_;
  std::vector<api_key> keys_;
  std::vector<client_auth> client_auths_;
  std::array<collection, families.size()> collections_;
  change_log changes_;
  std::uint64_t made_ = 0;
};

}  // namespace sidecache::mock
