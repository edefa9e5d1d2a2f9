// A map of settings and sections, as a file has it at its top and for each plane -> what it gives to which setting.
// Pure.
#pragma once

#include <cstdint>

#include "config/given.hpp"

namespace sidecache::config {

/// Whose settings a map may have.
enum class map_of : std::uint8_t { process, plane };

/// An unknown key gives an error and leaves the others standing. Keys in errors are as in the map.
[[nodiscard]] source_reading read_section(const node& map, map_of whose);

/// "a list" or "a single value", of what should have been a map.
[[nodiscard]] std::string_view shape_name(const node& value);

}  // namespace sidecache::config
