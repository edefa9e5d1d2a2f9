// How many retries and hedges there may be: a share of the requests of the last ten seconds, and a little more.
//
// Theory of operation: retries multiply the load on a control plane just when it can bear it least; within a share of
// the requests they can't. A share of nothing would never let a quiet sidecache retry, so ten more are allowed in any
// ten seconds: one a second, which harms nobody. Counted in slices of a second; all workers together.
// No clock, no I/O; whoever shares it locks.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/clock.hpp"

namespace sidecache::resilience {

class retry_budget {
 public:
  static constexpr std::uint64_t floor = 10;

  explicit retry_budget(std::uint64_t percent) : percent_(percent) {}

  void request(mono_time now) { ++slice_at(now).requests; }
  /// False: there is none left, and nothing was taken.
  [[nodiscard]] bool take(mono_time now);

 private:
  static constexpr std::size_t seconds = 10;
  struct slice {
    std::int64_t second = -1;
    std::uint64_t requests = 0;
    std::uint64_t retries = 0;
  };

  slice& slice_at(mono_time now);

  std::uint64_t percent_;
  std::array<slice, seconds> slices_;
};

}  // namespace sidecache::resilience
