// A clock that stands still until it is told to move: for tests and the simulation. Not thread-safe.
#pragma once

#include "base/clock.hpp"

namespace sidecache {

class manual_clock final : public clock {
 public:
  explicit manual_clock(wall_time start = wall_time{std::chrono::seconds{1'700'000'000}})
      : now_{mono_time{std::chrono::hours{1}}, start} {}

  [[nodiscard]] instant now() const override { return now_; }

  /// Both clocks go on together.
  void advance(duration by) {
    now_.mono += by;
    now_.wall += std::chrono::duration_cast<std::chrono::microseconds>(by);
  }
  /// The wall clock is stepped (NTP, an operator); the monotonic one does not notice.
  void step_wall(std::chrono::microseconds by) { now_.wall += by; }

 private:
  instant now_;
};

}  // namespace sidecache
