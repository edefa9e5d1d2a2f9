// Latencies counted in buckets whose width follows the value, as Gil Tene's HdrHistogram does it: three significant
// digits from a nanosecond to an hour, in 264 KiB, whatever is recorded.
//
// Theory of operation: a value's bucket is its highest bit, its place in it the ten bits below that. 2,048 places tell
// 0 .. 2,047 apart one by one; each further power of two has 1,024 places. So a place is at most 1/1,024 of its value
// wide, and recording is a shift and an increment. What is longer than an hour counts as an hour.
// Whole nanoseconds. One thread; add() puts those of several together at the end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.hpp"

namespace sidecache {

class hdr_histogram {
 public:
  static constexpr duration longest = std::chrono::hours(1);

  hdr_histogram();

  void record(duration latency) { record(latency, 1); }
  void record(duration latency, std::uint64_t times);
  void add(const hdr_histogram& other);

  [[nodiscard]] std::uint64_t count() const { return count_; }
  [[nodiscard]] duration max() const { return max_; }
  [[nodiscard]] duration mean() const;
  [[nodiscard]] duration deviation() const;
  /// The least value that so many of a hundred do not exceed, to three digits; 0 if nothing was recorded.
  [[nodiscard]] duration percentile(double percent) const;

  /// The distribution in the text format of HdrHistogram, in milliseconds: what its plotters read.
  [[nodiscard]] std::string text() const;

 private:
  [[nodiscard]] static std::size_t place_of(std::uint64_t value);
  [[nodiscard]] static std::uint64_t lowest_in(std::size_t place);
  [[nodiscard]] std::uint64_t highest_in(std::size_t place) const;

  std::vector<std::uint64_t> counts_;
  std::uint64_t count_ = 0;
  double sum_ = 0;
  duration max_{};
};

}  // namespace sidecache
