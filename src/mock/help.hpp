// The mock's own words for `sidecache mock --help`.
#pragma once

#include <string>

namespace sidecache::mock {

/// What it answers, by path, what it is told by, and what it holds at start.
[[nodiscard]] std::string help();

}  // namespace sidecache::mock
