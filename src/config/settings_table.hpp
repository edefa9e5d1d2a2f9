// The one table of settings. File, environment, flags, README, example file and GET /api/settings all read it.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

#include "config/setting.hpp"

namespace sidecache::config {

/// In the order in which documents show them: top-level keys first, then section by section, lists of maps among them.
[[nodiscard]] std::span<const setting> settings_table();

/// The row of a key.
[[nodiscard]] std::optional<std::size_t> find_setting(std::string_view key);
/// Whether each plane has it for itself; what it has not is the process's.
[[nodiscard]] bool is_of_a_plane(std::string_view key);
/// True for "cache", if there is a "cache.ttl".
[[nodiscard]] bool is_section(std::string_view key);

/// The table's row of that key; for keys that code names. Throws std::logic_error if there is none.
[[nodiscard]] const setting& setting_of(std::string_view key);
/// Its index; throws as setting_of() does.
[[nodiscard]] std::size_t index_of(std::string_view key);

}  // namespace sidecache::config
