// `sidecache coverage`: GET /api/coverage of a running sidecache, as a few lines for people.
#pragma once

#include "app/exit_code.hpp"
#include "config/settings.hpp"

namespace sidecache::app {

/// 0 if it answered, whatever is covered; else as ask_admin says.
[[nodiscard]] exit_code show_coverage(const config::settings& settings, duration timeout);

}  // namespace sidecache::app
