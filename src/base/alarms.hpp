// Being called at a time, passed in like the clock: by timers in the program, by hand in tests and the simulation, so
// that whatever waits for a time can be driven without sleeping.
#pragma once

#include <functional>
#include <memory>

#include "base/clock.hpp"

namespace sidecache {

/// Owned by whoever set it: destroyed before its time, it never rings.
class alarm {
 public:
  alarm() = default;
  alarm(const alarm&) = delete;
  alarm& operator=(const alarm&) = delete;
  virtual ~alarm() = default;
};

/// One a thread: set, rung and destroyed there.
class alarms {
 public:
  virtual ~alarms() = default;
  /// Calls `ring` once at `when` or soon after, never from within this call. `ring` may destroy the alarm.
  [[nodiscard]] virtual std::unique_ptr<alarm> set(mono_time when, std::function<void()> ring) = 0;
};

}  // namespace sidecache
