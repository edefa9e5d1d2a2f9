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
  /// The same, for who has read std::chrono::steady_clock a moment ago: `mono` is what it said.
  [[nodiscard]] virtual instant now_by(mono_time /*mono*/) const { return now(); }
};

/// The machine's clocks. How far one is ahead of the other is looked up once a millisecond and thread: a step of the
/// wall clock is noticed so much later, and a hit reads one clock.
class system_clock final : public clock {
 public:
  [[nodiscard]] instant now() const override { return now_by(std::chrono::steady_clock::now()); }
  [[nodiscard]] instant now_by(mono_time mono) const override {
    using std::chrono::nanoseconds;
    thread_local mono_time looked_up;
    thread_local nanoseconds ahead;
    if (mono - looked_up >= std::chrono::milliseconds(1)) {
      looked_up = mono;
      ahead = std::chrono::system_clock::now().time_since_epoch() - mono.time_since_epoch();
    }
    return {mono, wall_time(std::chrono::floor<std::chrono::microseconds>(mono.time_since_epoch() + ahead))};
  }
};

}  // namespace sidecache
