// The attempts of one request: what was tried, and what comes next. Pure.
#pragma once

#include <cstdint>
#include <optional>

#include "base/clock.hpp"
#include "proxy/origin.hpp"
#include "resilience/retry_rules.hpp"

namespace sidecache::resilience {

/// How one attempt ended.
struct attempt_end {
  std::size_t upstream = 0;
  bool good = false;             ///< nothing could be better
  bool worth_repeating = false;  ///< see is_worth_repeating()
  bool free_elsewhere = false;   ///< a failed probe, or nothing arrived: another upstream may be asked at once
};

struct next_step {
  enum class what : std::uint8_t {
    done,
    elsewhere,  ///< at once, at a healthy upstream that was not asked yet
    pause,      ///< then once more, if the budget allows it
    no_time,    ///< done, though it would have been tried again
  };
  what is = what::done;
  duration before{};  ///< of a pause
};

class attempt_course {
 public:
  /// `urgency`: what nobody waits for is not retried, only sent elsewhere where that is free.
  attempt_course(const retry_settings& settings, proxy::urgency urgency, mono_time deadline)
      : settings_(settings),
        retries_left_(urgency <= proxy::urgency::refresh ? 0 : settings.retries),
        background_(urgency <= proxy::urgency::refresh),
        deadline_(deadline) {}

  /// `other_healthy`: there is a healthy upstream that was not asked yet. `typical`: what a fetch takes, 0 if that is
  /// not known. `random` is in [0, 1).
  [[nodiscard]] next_step after(const attempt_end& end, bool other_healthy, duration typical, double random,
                                mono_time now);

  [[nodiscard]] bool first() const { return asked_ == 0; }
  /// A bit an upstream.
  [[nodiscard]] std::uint32_t asked() const { return asked_; }
  [[nodiscard]] bool in_background() const { return background_; }
  [[nodiscard]] mono_time deadline() const { return deadline_; }

 private:
  retry_settings settings_;
  std::uint64_t retries_left_;
  bool background_;
  mono_time deadline_;
  std::uint64_t pauses_ = 0;
  std::uint32_t asked_ = 0;
};

}  // namespace sidecache::resilience
