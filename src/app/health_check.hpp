// `sidecache health`: one GET of /readyz, for container health checks, where there may be no curl.
#pragma once

#include <string>

#include "app/exit_code.hpp"
#include "config/settings.hpp"

namespace sidecache::app {

/// Asks the metrics listener of these settings. 0 if it answers 200 within the time, else 1 and why on standard error.
[[nodiscard]] exit_code check_health(const config::settings& settings, duration timeout);

}  // namespace sidecache::app
