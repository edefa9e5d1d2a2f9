// How long the last fetches took, for deciding when one is unusually late.
//
// A ring of the last 128 and, made anew every 16, their quantiles: exact for what it holds, and what a control plane
// was like an hour ago doesn't count. No clock, no I/O; whoever shares it locks.
#pragma once

#include <array>
#include <cstddef>
#include <optional>

#include "base/clock.hpp"

namespace sidecache::resilience {

class recent_latencies {
 public:
  /// Fewer say nothing.
  static constexpr std::size_t least = 20;

  void add(duration took);
  [[nodiscard]] std::optional<duration> median() const { return known() ? std::optional(median_) : std::nullopt; }
  [[nodiscard]] std::optional<duration> p95() const { return known() ? std::optional(p95_) : std::nullopt; }

 private:
  static constexpr std::size_t held = 128;
  static constexpr std::size_t between = 16;

  [[nodiscard]] bool known() const { return count_ >= least; }
  void measure();

  std::array<duration, held> ring_{};
  std::size_t count_ = 0;  // ever
  duration median_{};
  duration p95_{};
};

}  // namespace sidecache::resilience
