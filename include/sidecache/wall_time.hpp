// An instant of the wall clock, as control planes name them (`expires_at`).
#pragma once

#include <chrono>

namespace sidecache {

/// Microseconds since 1970-01-01T00:00:00Z. They reach the year 294246; nanoseconds would end in 2262, and control
/// planes do send 9999-12-31.
using wall_time = std::chrono::time_point<std::chrono::system_clock, std::chrono::microseconds>;

}  // namespace sidecache
