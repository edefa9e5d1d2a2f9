// The identifier under which this replica asks for changes, kept in a file over restarts: the control plane hands out
// what has changed since that identifier last asked, so a new one each time would miss what was changed in between.
#pragma once

#include <string>

namespace sidecache::app {

/// What the file has; where there is none, one that is drawn now and put there, whole or not at all. Of two processes
/// that start at once both get the same. Throws std::invalid_argument where it can't be read or made, or holds
/// something else.
[[nodiscard]] std::string kept_identifier(const std::string& path);

}  // namespace sidecache::app
