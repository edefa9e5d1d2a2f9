#include "resilience/gate.hpp"

#include <algorithm>

namespace sidecache::resilience {
namespace {

/// An eighth, as TCP smooths its round trips (RFC 6298 §2).
constexpr int smoothing = 8;

}  // namespace

bool gate::enter_at_once() {
  if (!has_place()) return false;
  ++taken_;
  return true;
}

gate::arrival gate::arrive(fair_queue::waiter& who, mono_time now) {
  const bool spare = taken_ < std::max<std::size_t>(1, limit_ / 2);
  if (has_place() && (who.urgency != proxy::urgency::prefetch || spare)) {
    ++taken_;
    return {.what = entrance::enters};
  }
  if (!may_wait(who, now)) return {.what = entrance::refused};
  fair_queue::waiter* const loser = line_.push(who);
  if (loser == &who) return {.what = entrance::refused};
  return {.what = entrance::waits, .pushed_out = loser};
}

fair_queue::waiter* gate::next() {
  if (taken_ >= limit_) return nullptr;
  fair_queue::waiter* const first = line_.pop();
  if (first != nullptr) ++taken_;
  return first;
}

void gate::served(duration took) {
  service_time_ = service_time_ == duration{} ? took : service_time_ + (took - service_time_) / smoothing;
}

bool gate::may_wait(const fair_queue::waiter& who, mono_time now) const {
  if (who.urgency < proxy::urgency::stale_held) return false;
  if (who.urgency == proxy::urgency::stale_held && line_.waiting() >= line_.capacity() / 2) return false;
  return time_for(line_.ahead_of(who.urgency, who.credential)) <= who.deadline - now;
}

duration gate::time_for(std::size_t others) const {
  const std::size_t over = taken_ > limit_ ? taken_ - limit_ : 0;
  return service_time_ * static_cast<std::int64_t>(others + over + 1) / static_cast<std::int64_t>(limit_);
}

}  // namespace sidecache::resilience
