#include "resilience/recovery_pace.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>

namespace sidecache::resilience {
namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t failures_of_an_outage = 10;
constexpr std::uint32_t failures_after_silence = 3;
constexpr duration silence = 10s;
constexpr double memory_seconds = 120;
constexpr double least_seconds = 10;  // of a start: its first rush is not the normal rate
constexpr double least_rate = 10;
constexpr double headroom = 1.75;
constexpr unsigned quiet_seconds_needed = 3;

double seconds_of(duration d) { return std::chrono::duration<double>(d).count(); }

}  // namespace

bool recovery_pace::lets_pass(proxy::urgency how, mono_time now) {
  const std::lock_guard lock(mutex_);
  if (phase_ != phase::recovering) return true;
  end_seconds(now);
  if (phase_ != phase::recovering) return true;
  ++wanted_;
  return take(how, now);
}

void recovery_pace::succeeded(mono_time now) {
  const std::lock_guard lock(mutex_);
  failures_ = 0;
  last_success_ = now;
  if (phase_ == phase::outage) {
    if (now - last_failure_ >= silence) {
      return_to_normal(now);
    } else {
      begin_recovery(now);
    }
  }
  if (phase_ == phase::normal) count_normal(now);
}

void recovery_pace::failed(mono_time now) {
  const std::lock_guard lock(mutex_);
  ++failures_;
  last_failure_ = now;
  const bool silent = last_success_ == mono_time::min() || now - last_success_ >= silence;
  if (failures_ >= failures_of_an_outage || (silent && failures_ >= failures_after_silence)) phase_ = phase::outage;
}

bool recovery_pace::outage() const {
  const std::lock_guard lock(mutex_);
  return phase_ == phase::outage;
}

bool recovery_pace::recovering(mono_time now) {
  const std::lock_guard lock(mutex_);
  if (phase_ == phase::recovering) end_seconds(now);
  return phase_ == phase::recovering;
}

double recovery_pace::pace() const {
  const std::lock_guard lock(mutex_);
  return recovery_rate();
}

double recovery_pace::recovery_rate() const {
  return headroom * std::max(least_rate, (answers_ + in_second_) / std::max(least_seconds, seconds_ + 1));
}

/// Seconds without an answer count once the next one comes: those before an outage then never do.
void recovery_pace::count_normal(mono_time now) {
  if (second_ == mono_time::min()) second_ = now;
  const double passed = std::floor(seconds_of(now - second_));
  if (passed >= 1) {
    const double fade = std::exp(-1 / memory_seconds);
    const double faded = std::pow(fade, passed);
    answers_ = (answers_ + in_second_) * faded;
    seconds_ = (seconds_ + 1) * faded + fade * (1 - std::pow(fade, passed - 1)) / (1 - fade);
    in_second_ = 0;
    second_ += std::chrono::duration_cast<duration>(std::chrono::duration<double>(passed));
  }
  ++in_second_;
}

void recovery_pace::begin_recovery(mono_time now) {
  phase_ = phase::recovering;
  pace_ = recovery_rate();
  allowance_ = 0;
  refilled_ = wanted_since_ = now;
  wanted_ = 0;
  quiet_seconds_ = 0;
}

/// Looks at the seconds that are over: whether still more is wanted than the pace allows.
void recovery_pace::end_seconds(mono_time now) {
  while (now - wanted_since_ >= 1s) {
    quiet_seconds_ = static_cast<double>(wanted_) < pace_ ? quiet_seconds_ + 1 : 0;
    wanted_ = 0;
    wanted_since_ += 1s;
    if (quiet_seconds_ < quiet_seconds_needed) continue;
    return return_to_normal(now);
  }
}

/// The outage and the recovery are left out of the normal rate.
void recovery_pace::return_to_normal(mono_time now) {
  phase_ = phase::normal;
  if (second_ != mono_time::min()) {
    answers_ += in_second_;
    seconds_ += 1;
    in_second_ = 0;
  }
  second_ = now;
}

/// A tenth of a second's worth may come at once. Misses may go into debt, a second's worth at most.
bool recovery_pace::take(proxy::urgency how, mono_time now) {
  allowance_ = std::min(allowance_ + pace_ * seconds_of(now - refilled_), std::max(1.0, pace_ / 10));
  refilled_ = now;
  const bool must = how == proxy::urgency::miss;
  if (!must && allowance_ < 1) return false;
  allowance_ = std::max(allowance_ - 1, -pace_);
  return true;
}

}  // namespace sidecache::resilience
