// Refresh ahead: an entry in use is fetched anew in the last part of its TTL, so that a hot record never makes anyone
// wait and is never even served stale.
//
// Theory of operation: a hit decides, so nothing scans and nothing is timed. An entry is due from a point within the
// last `percent` of its TTL on, which a hash of its key moves back and forth, so that entries stored together are not
// fetched together. It must have been used `least_uses` times since it was stored: what is asked for now and then is
// not worth a fetch that nobody waits for. Fetches come out of a budget of so many a second (the generic cell rate
// algorithm, with a second's worth of burst); the less an entry was used, the less of that burst it may draw on, so
// that when the budget is short the most used go first.
//
// Pure but for the budget, which is thread-safe.
#pragma once

#include <atomic>
#include <cstdint>

#include "cache/entry.hpp"

namespace sidecache::proxy {

/// Uses since it was stored before an entry is refreshed ahead.
constexpr std::uint32_t least_uses = 10;

/// The salt that makes an entry due first of all: what is not due with it is not due.
constexpr std::uint64_t most_salt = 255;

/// `salt`: a hash of the key, of which one byte counts. False for what is no fresh record.
[[nodiscard]] bool is_refresh_due(const cache::entry& e, std::uint32_t uses, std::uint64_t salt, unsigned percent,
                                  mono_time now);

class refresh_budget {
 public:
  explicit refresh_budget(std::uint64_t per_second) : per_second_(per_second) {}

  /// True if one may be spent now on an entry that was used so often.
  [[nodiscard]] bool take(mono_time now, std::uint32_t uses);
  void set_rate(std::uint64_t per_second) { per_second_.store(per_second, std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> per_second_;
  std::atomic<mono_time::rep> next_{mono_time::min().time_since_epoch().count()};  ///< when the budget is full again
};

}  // namespace sidecache::proxy
