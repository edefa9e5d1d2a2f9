#include "resilience/recent_latencies.hpp"

#include <algorithm>

namespace sidecache::resilience {

void recent_latencies::add(duration took) {
  ring_[count_ % held] = took;
  ++count_;
  if (count_ == least || (count_ > least && count_ % between == 0)) measure();
}

void recent_latencies::measure() {
  auto sorted = ring_;
  const std::size_t count = std::min(count_, held);
  std::ranges::sort(sorted.begin(), sorted.begin() + static_cast<std::ptrdiff_t>(count));
  median_ = sorted[count / 2];
  p95_ = sorted[count * 95 / 100];
}

}  // namespace sidecache::resilience
