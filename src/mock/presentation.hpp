// Records as clients see them: with ids and `object`, secrets masked, statuses of this moment.
//
// A list's entries are made differently from detail records, as the control plane does: null where the detail has an
// empty array or object, fewer fields, extra ids.
#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "mock/store.hpp"

namespace sidecache::mock {

/// As the admin API has it, of the kinds that it has.
[[nodiscard]] json::object detail_of(const record& one, const store& all, wall_time now);
[[nodiscard]] json::object list_entry_of(const record& one, const store& all, wall_time now);

/// A date that has passed outweighs what was stored: nobody writes `expired`.
[[nodiscard]] json::value status_of(const record& one, wall_time now);
/// The field as it was written, unless it is absent or null.
[[nodiscard]] json::value field_or(const record& one, std::string_view name, const json::value& otherwise);
[[nodiscard]] json::value null_or(std::string_view text);

/// "sk-***f3a": enough to recognise a secret, too little to use it.
[[nodiscard]] std::string masked(std::string_view secret);

/// How many workspaces an integration is open to.
[[nodiscard]] std::size_t open_workspaces(const record& integration, const store& all);
/// Whether that workspace may make providers of the integration.
[[nodiscard]] bool open_to(const record& integration, std::string_view workspace_id);

}  // namespace sidecache::mock
