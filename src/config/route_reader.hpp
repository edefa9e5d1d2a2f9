// The `routes` setting: a list of maps in a file, or one line of text in the environment and on the command line, where
// routes are parted by commas and a route is its path and then name=value words:
// "/integrations/* ttl=10s freshness=origin, /providers/main ttl=5s". Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/config_error.hpp"
#include "config/node.hpp"
#include "config/setting.hpp"

namespace sidecache::config {

/// As read_value().
bool read_routes(const setting& what, const node& value, std::vector<route_settings>& into,
                 std::vector<config_error>& errors);

[[nodiscard]] node routes_from_text(std::string_view text, const place& where);
/// The line of text that means the same.
[[nodiscard]] std::string routes_text(const node& value);

}  // namespace sidecache::config
