#include "resilience/retry_budget.hpp"

#include <chrono>

namespace sidecache::resilience {
namespace {

std::int64_t second_of(mono_time now) {
  return std::chrono::floor<std::chrono::seconds>(now.time_since_epoch()).count();
}

}  // namespace

retry_budget::slice& retry_budget::slice_at(mono_time now) {
  const auto second = second_of(now);
  slice& found = slices_[static_cast<std::size_t>(second) % seconds];
  if (found.second != second) found = {second, 0, 0};
  return found;
}

bool retry_budget::take(mono_time now) {
  const auto oldest = second_of(now) - static_cast<std::int64_t>(seconds);
  std::uint64_t requests = 0;
  std::uint64_t retries = 0;
  for (const slice& each : slices_) {
    if (each.second <= oldest) continue;
    requests += each.requests;
    retries += each.retries;
  }
  if (retries >= floor + requests * percent_ / 100) return false;
  ++slice_at(now).retries;
  return true;
}

}  // namespace sidecache::resilience
