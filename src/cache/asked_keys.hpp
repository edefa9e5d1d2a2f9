// Which keys were fetched of late, though they may not be held any more: the store forgets what it drops, and what was
// asked for and is not held is just what an outage would make felt.
//
// Theory of operation: a fixed table of hashes with times. A key has eight places, by its hash; where all are taken the
// one noted longest ago gives way. So memory is bounded (256 KiB), and a flood forgets the oldest of its neighbours.
// Touched once a fetch, never on a hit. Threads: all functions from any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <span>
#include <vector>

#include "base/clock.hpp"

namespace sidecache::cache {

class asked_keys {
 public:
  asked_keys();

  /// `key`: a keyed hash of it, since clients choose keys.
  void note(std::uint64_t key, mono_time now);
  /// It is nothing to be missed: the control plane itself denies it.
  void forget(std::uint64_t key);
  /// Calls `visit` for each that was noted at `since` or later, under the lock.
  void for_each_since(mono_time since, const std::function<void(std::uint64_t)>& visit) const;

 private:
  struct place {
    std::uint64_t key = 0;
    mono_time noted = mono_time::min();  ///< min: empty
  };
  /// Where the key may stand.
  [[nodiscard]] std::span<place> places_of(std::uint64_t key);

  mutable std::mutex mutex_;
  std::vector<place> places_;
};

}  // namespace sidecache::cache
