// The `planes` setting: a list of maps in a file, or the same as one line of flow YAML in the environment and on the
// command line, where single settings stay those of the top level: "[{plane: admin}, {plane: data, prefix: /albus}]".
// Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/candidate.hpp"
#include "config/setting.hpp"

namespace sidecache::config {

/// Whether it is a list of maps, as read_value() asks; what stands in them is read_planes()' business.
bool check_planes(const setting& what, const node& value, std::vector<config_error>& errors);

/// Each plane as a configuration of its own: those that `top` lists, or else the one that its own keys make. Never
/// empty. A plane begins with the defaults of its kind; only sync.* is inherited from the top.
[[nodiscard]] std::vector<candidate> read_planes(const candidate& top, std::vector<config_error>& errors);

/// What is no YAML becomes a text, which check_planes() refuses.
[[nodiscard]] node planes_from_text(std::string_view text, const place& where);
/// The line of text that means the same, but for the paths of secrets.
[[nodiscard]] std::string planes_text(const node& value);

}  // namespace sidecache::config
