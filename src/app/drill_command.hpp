// `sidecache drill`: POST /api/drill to a running sidecache, and its report at the end.
#pragma once

#include <string>

#include "app/exit_code.hpp"
#include "config/settings.hpp"

namespace sidecache::app {

struct drill_options {
  std::string length;  ///< "5m"; "0s" ends the one that is on
  bool no_wait = false;
};

/// Begins it, waits until it is over (SIGINT and SIGTERM end it) and prints what failed. 0 if nothing did; 1 if
/// something did, or as ask_admin says.
[[nodiscard]] exit_code drill(const config::settings& settings, const drill_options& what, duration timeout);

}  // namespace sidecache::app
