// A moment as the admin API writes it.
#pragma once

#include <string>

#include "base/clock.hpp"

namespace sidecache::admin {

/// RFC 3339, UTC, to the second: 2026-01-31T12:00:00Z.
[[nodiscard]] std::string utc_text(wall_time at);

}  // namespace sidecache::admin
