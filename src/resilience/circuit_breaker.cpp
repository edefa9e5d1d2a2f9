#include "resilience/circuit_breaker.hpp"

#include <algorithm>

namespace sidecache::resilience {

std::string_view to_string(breaker_state state) {
  switch (state) {
    case breaker_state::closed:
      return "closed";
    case breaker_state::half_open:
      return "half_open";
    case breaker_state::open:
      return "open";
  }
  return "";
}

std::optional<circuit_breaker::ticket> circuit_breaker::admit(mono_time now) {
  if (state_ == breaker_state::closed) return ticket{era_, false};
  if (!probe_due(now)) return std::nullopt;
  if (!probing_ && now - heard_ > settings_.window) unsure_ = true;
  state_ = breaker_state::half_open;  // of the same era: what it asks now is what ends it
  probing_ = true;
  next_probe_ = now + settings_.open_for;
  return ticket{era_, true};
}

bool circuit_breaker::probe_due(mono_time now) const {
  return state_ != breaker_state::closed && (unsure_ || (!probing_ && now >= next_probe_));
}

duration circuit_breaker::retry_after(mono_time now) const {
  if (state_ == breaker_state::closed) return {};
  return std::max<duration>(next_probe_ - now, std::chrono::milliseconds(1));
}

bool circuit_breaker::settle(ticket of, finding what, duration took, mono_time now) {
  if (of.era != era_) return false;
  if (what == finding::nothing) {
    give_back(of);
    return false;
  }
  heard_ = now;
  const bool slow = took > settings_.slow_after;
  if (of.probe) return settle_probe(what != finding::failed && !slow, now);
  if (what == finding::alive) return false;
  count(what, slow, now);
  if (!too_bad(now)) return false;
  next_probe_ = now + settings_.open_for;
  return change_to(breaker_state::open);
}

void circuit_breaker::give_back(ticket of) {
  if (of.probe && of.era == era_) probing_ = false;
}

bool circuit_breaker::settle_probe(bool good, mono_time now) {
  if (!good) {
    next_probe_ = now + settings_.open_for;
    return change_to(breaker_state::open);
  }
  probing_ = false;
  if (!unsure_ && ++succeeded_ < settings_.probes) return false;
  return change_to(breaker_state::closed);
}

bool circuit_breaker::change_to(breaker_state state) {
  state_ = state;
  ++era_;
  probing_ = false;
  unsure_ = false;
  succeeded_ = 0;
  slices_ = {};
  return true;
}

std::int64_t circuit_breaker::slice_number(mono_time now) const {
  return now.time_since_epoch() / std::max<duration>(settings_.window / slice_count, duration(1));
}

void circuit_breaker::count(finding what, bool slow, mono_time now) {
  const auto number = slice_number(now);
  slice& into = slices_[static_cast<std::size_t>(number) % slice_count];
  if (into.number != number) into = {number, {}};
  ++into.seen.seen;
  into.seen.failed += what == finding::failed ? 1 : 0;
  into.seen.slow += slow ? 1 : 0;
}

circuit_breaker::counts circuit_breaker::in_window(mono_time now) const {
  const auto oldest = slice_number(now) - static_cast<std::int64_t>(slice_count);
  counts all;
  for (const slice& each : slices_) {
    if (each.number <= oldest) continue;
    all.seen += each.seen.seen;
    all.failed += each.seen.failed;
    all.slow += each.seen.slow;
  }
  return all;
}

bool circuit_breaker::too_bad(mono_time now) const {
  const counts all = in_window(now);
  return all.seen >= settings_.least_requests && (all.failed * 100 >= settings_.failure_percent * all.seen ||
                                                  all.slow * 100 >= settings_.slow_percent * all.seen);
}

}  // namespace sidecache::resilience
