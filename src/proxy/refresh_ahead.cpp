#include "proxy/refresh_ahead.hpp"

#include <algorithm>

namespace sidecache::proxy {
namespace {

/// From so many uses on an entry may draw on the whole burst.
constexpr std::uint32_t most_uses = 100;

}  // namespace

bool is_refresh_due(const cache::entry& e, std::uint32_t uses, std::uint64_t salt, unsigned percent, mono_time now) {
  if (percent == 0 || uses < least_uses || e.what != cache::entry_class::record) return false;
  const duration last_part = (e.fresh_until - e.stored_at) / 100 * percent;
  // Somewhere in its first half.
  const duration due_before_end = last_part / 2 + last_part / 2 / 256 * static_cast<int>(salt % 256);
  return now < e.fresh_until && e.fresh_until - now <= due_before_end;
}

bool refresh_budget::take(mono_time now, std::uint32_t uses) {
  const std::uint64_t rate = per_second_.load(std::memory_order_relaxed);
  if (rate == 0) return false;
  const auto step = std::chrono::nanoseconds(std::chrono::seconds(1)).count() / static_cast<mono_time::rep>(rate);
  const auto at = now.time_since_epoch().count();
  const auto burst = std::chrono::nanoseconds(std::chrono::seconds(1)).count() / most_uses * std::min(uses, most_uses);
  auto next = next_.load(std::memory_order_relaxed);
  while (true) {
    const auto from = std::max(next, at);
    if (from - at > std::max<mono_time::rep>(burst - step, 0)) return false;  // untouched, it has one for anybody
    if (next_.compare_exchange_weak(next, from + step, std::memory_order_relaxed)) return true;
  }
}

}  // namespace sidecache::proxy
