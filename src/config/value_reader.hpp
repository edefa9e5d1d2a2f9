// From what a source gave to a value of the settings, one setting at a time. What two settings say together is
// cross_checks' business. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/config_error.hpp"
#include "config/node.hpp"
#include "config/setting.hpp"

namespace sidecache::config {

/// Puts the value where the setting's lives and takes the place of any before it. False, and an error or more, if it is
/// not what the setting takes; `into` may then be half changed.
bool read_value(const setting& what, const node& value, settings& into, std::vector<config_error>& errors);

/// Text of an environment variable, a flag or the table's default, as a node of the shape that the setting takes: lists
/// are parted at commas, with spaces around an item dropped and `""` for an empty one.
[[nodiscard]] node node_from_text(const setting& what, std::string_view text, const place& where);

/// What GET /api/settings shows; given back through the environment it means the same. Of a secret file only that it is
/// set.
[[nodiscard]] std::string shown_text(const setting& what, const node& value);

/// A duration (in nanoseconds), size or count within the setting's bounds.
[[nodiscard]] std::optional<std::uint64_t> read_number(const setting& what, std::string_view text);

/// `key` is the setting's own, or that of a part of it ("listen[1]"). Never repeats what may be secret.
[[nodiscard]] config_error wrong_value(const setting& what, std::string key, const node& value, std::string expected);

}  // namespace sidecache::config
