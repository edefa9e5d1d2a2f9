// What an answer to sync names, and what a resync's body does: which records have changed (control plane API, data
// plane: {"success":true,"data":{"virtualKeysV2":[{"slug","workspace_id"}],"apiKeyIds":["…"],…}}).
//
// Families are known by the words in their members' names, so that a new version of one (virtualKeysV3) is understood.
// A list whose name says nothing is taken to name records of any family; what can't be told at all is everything. A
// name that is understood too widely costs a fetch; one that is missed stays wrong at a gateway for a week.
// Pure and thread-safe.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "cache/dependencies.hpp"

namespace sidecache::proxy {

/// A member of a JSON object, as it stands in the text.
struct json_member {
  std::string name;
  std::string_view value;  ///< of the text that was read
};
/// Nothing if the text is no JSON object.
[[nodiscard]] std::optional<std::vector<json_member>> members_of(std::string_view object);

/// Without the white space of JSON at either end (RFC 8259 §2).
[[nodiscard]] std::string_view without_space(std::string_view json);

/// The families that a member's name speaks of.
[[nodiscard]] std::vector<cache::family> families_named(std::string_view member);

/// The family whose changed records a list of this name names, and nothing but them: "virtualKeysV2". None for lists
/// that a gateway does something else by, "virtualKeyIdsToReset".
[[nodiscard]] std::optional<cache::family> family_listed(std::string_view member);

/// Where the lists of an answer to sync stand.
struct sync_lists {
  std::vector<json_member> lists;
  std::string_view data;  ///< the object that they are members of, or what stands in its place
};
[[nodiscard]] std::expected<sync_lists, std::string> find_lists(std::string_view body);

/// The error says why it can't be read.
[[nodiscard]] std::expected<cache::changes, std::string> read_changes(std::string_view body);

}  // namespace sidecache::proxy
