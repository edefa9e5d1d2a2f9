// Settings from a YAML file. The only part that knows yaml-cpp, which is kept out of every header.
#pragma once

#include <string>
#include <string_view>

#include "config/given.hpp"

namespace sidecache::config {

/// A file that can't be read or isn't YAML gives one error and no values; an unknown or repeated key gives an error
/// and leaves the others standing.
[[nodiscard]] source_reading read_file(const std::string& path);

/// The same of text; `name` stands in the errors.
[[nodiscard]] source_reading read_yaml(const std::string& name, const std::string& text);

}  // namespace sidecache::config
