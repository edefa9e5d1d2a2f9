// Where reproducible chances come from: SplitMix64 (Steele, Lea, Flood 2014), so that a seed means the same sequence on
// every machine and with every standard library. Nothing about it is secret.
#pragma once

#include <cstdint>

namespace sidecache {

class random_source {
 public:
  explicit random_source(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9E3779B97F4A7C15U);
    z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
    return z ^ (z >> 31U);
  }
  /// From [0, 1): the 53 bits that a double holds.
  double unit() { return static_cast<double>(next() >> 11U) * 0x1p-53; }
  /// 0 .. bound-1; the bias is below 2^-32 times the bound.
  std::uint32_t below(std::uint32_t bound) {
    return static_cast<std::uint32_t>(((next() >> 32U) * static_cast<std::uint64_t>(bound)) >> 32U);
  }
  bool one_in(std::uint32_t n) { return below(n) == 0; }

 private:
  std::uint64_t state_;
};

}  // namespace sidecache
