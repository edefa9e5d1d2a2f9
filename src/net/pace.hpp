// How slow a peer may be: a minimum rate, counted only over the time that was spent waiting for that peer.
//
// Theory of operation: a stock of patience, `grace` at most and at the beginning of a message. Waiting uses it up, what
// the peer moves meanwhile gives it back: one second for every `bytes_per_second` bytes. Before each wait may_wait() is
// asked, and the answer is no once the stock is overdrawn. So over any stretch of a message the peer's rate can't stay
// below the minimum for longer than `grace`, bursts of any shape pass, a fast beginning buys no slow end, and the time
// that somebody else takes (the control plane, the other direction) costs nothing. How long a single wait may last
// without any byte is another bound, which the caller keeps by a deadline.
//
// Pure: reads no clock, arms nothing. Belongs to whoever waits.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

#include "base/clock.hpp"

namespace sidecache::net {

struct pace_limit {
  std::uint64_t bytes_per_second = 64;  ///< 0: no minimum
  duration grace = std::chrono::seconds(10);
};

class pace {
 public:
  explicit pace(const pace_limit& limit) : limit_(&limit), patience_(limit.grace) {}

  /// A message begins.
  void begin() { patience_ = limit_->grace; }
  [[nodiscard]] bool may_wait() const { return limit_->bytes_per_second == 0 || patience_ >= duration{}; }
  /// A wait is over, in which so many bytes moved.
  void waited(duration time, std::uint64_t bytes) {
    patience_ = std::min(limit_->grace, patience_ - time + worth(bytes));
  }

 private:
  [[nodiscard]] duration worth(std::uint64_t bytes) const {
    if (limit_->bytes_per_second == 0) return duration{};
    // More in one wait than this can't matter, and its product with a second in nanoseconds stays below 2^63.
    const auto counted = std::min(bytes, std::uint64_t{1} << 32U);
    return std::chrono::nanoseconds(std::chrono::seconds(counted)) / limit_->bytes_per_second;
  }

  const pace_limit* limit_;
  duration patience_;
};

}  // namespace sidecache::net
