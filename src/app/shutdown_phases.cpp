#include "app/shutdown_phases.hpp"

#include <algorithm>

namespace sidecache::app {
namespace {

/// How finely idleness is told: a tenth of it, within bounds that neither spin nor make a short linger long.
duration look_interval(duration linger) {
  using std::chrono::milliseconds;
  return std::clamp<duration>(linger / 10, milliseconds(1), milliseconds(100));
}

}  // namespace

shutdown_phases::phase shutdown_phases::signalled(signal what, mono_time now, std::uint64_t requests) {
  switch (phase_) {
    case phase::serving:
      if (what != signal::terminate) terms_.delay = terms_.linger = {};
      begin(now, requests);
      break;
    case phase::delay:
    case phase::linger:
      grace_ends_ = std::min(grace_ends_, now + terms_.grace);
      phase_ = phase::draining;
      break;
    case phase::draining:
      phase_ = phase::closing;
      break;
    case phase::closing:
    case phase::ended:
      phase_ = phase::ended;
      break;
  }
  return phase_;
}

void shutdown_phases::begin(mono_time now, std::uint64_t requests) {
  delay_ends_ = now + terms_.delay;
  grace_ends_ = delay_ends_ + terms_.grace;
  phase_ = phase::delay;
  passed(now, requests);
}

void shutdown_phases::begin_linger(mono_time now, std::uint64_t requests) {
  phase_ = terms_.linger > duration::zero() ? phase::linger : phase::draining;
  looked_ = last_request_ = now;
  requests_ = requests;
}

shutdown_phases::phase shutdown_phases::passed(mono_time now, std::uint64_t requests) {
  if (phase_ == phase::delay && now >= delay_ends_) begin_linger(now, requests);
  if (phase_ != phase::linger) return phase_;
  looked_ = now;
  if (requests != requests_) last_request_ = now;
  requests_ = requests;
  if (now - last_request_ >= terms_.linger || now >= grace_ends_) phase_ = phase::draining;
  return phase_;
}

std::optional<mono_time> shutdown_phases::wake_at() const {
  if (phase_ == phase::delay) return delay_ends_;
  if (phase_ == phase::linger) return std::min(looked_ + look_interval(terms_.linger), grace_ends_);
  return std::nullopt;
}

duration shutdown_phases::grace_left(mono_time now) const {
  return std::max<duration>(grace_ends_ - now, std::min(terms_.grace, least_drain));
}

}  // namespace sidecache::app
