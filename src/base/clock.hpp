// Two clocks, passed in wherever time matters, so that tests and the simulation decide what time it is.
//
// TTLs run on the monotonic clock: a step of the wall clock neither revives nor kills an entry. Deadlines that the
// control plane names (`expires_at`, a JWT's `exp`) are instants of the wall clock. Neither may stand in for the other,
// which is why they are two types.
#pragma once

#include <chrono>

namespace sidecache {

using duration = std::chrono::nanoseconds;
using mono_time = std::chrono::steady_clock::time_point;
/// Microseconds reach the year 294246; nanoseconds would end in 2262, and control planes do send 9999-12-31.
using wall_time = std::chrono::time_point<std::chrono::system_clock, std::chrono::microseconds>;

/// One instant on both clocks. Decisions take this by value instead of reading a clock.
struct instant {
  mono_time mono;
  wall_time wall;
};

/// Thread-safe.
class clock {
 public:
  virtual ~clock() = default;
  [[nodiscard]] virtual instant now() const = 0;
};

/// The machine's clocks.
class system_clock final : public clock {
 public:
  [[nodiscard]] instant now() const override {
    return {std::chrono::steady_clock::now(),
            std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now())};
  }
};

}  // namespace sidecache
