// What the control plane last said about a credential as a whole: refused (401), or asked too often (429).
//
// Only credentials in trouble are here: a 200 for one takes it out, once its pause is over. 401 on three different
// records locks the credential's partition of the cache. Bounded: when there are too many, one is forgotten, and
// whoever keeps its entries must drop them (they might have been locked). Thread-safe. Time is an argument.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <vector>

#include "base/clock.hpp"
#include "base/digest.hpp"

namespace sidecache::cache {

class credential_states {
 public:
  static constexpr std::size_t denials_that_lock = 3;

  explicit credential_states(std::size_t max = 4096) : max_(max) {}

  struct denied_result {
    bool locks = false;                  ///< this denial made it three: lock the partition
    std::optional<digest128> forgotten;  ///< drop everything of this credential
  };
  /// A 401 in JSON for the record of this key.
  [[nodiscard]] denied_result denied(const digest128& credential, std::uint64_t key_hash);
  /// A 200 for any record. True if its partition was locked. A pause is not ended by it: the lookup may have gone up
  /// before the 429 came.
  [[nodiscard]] bool granted(const digest128& credential, mono_time now);

  /// Returns the credential that had to be forgotten for it, if any.
  [[nodiscard]] std::optional<digest128> pause(const digest128& credential, mono_time until);
  /// The end of its pause, if it is paused.
  [[nodiscard]] std::optional<mono_time> paused_until(const digest128& credential, mono_time now) const;

 private:
  struct state {
    std::vector<std::uint64_t> denied;  // distinct keys, up to three
    mono_time paused_until = mono_time::min();
    std::uint64_t since = 0;
  };
  std::optional<digest128> make_room_for(const digest128& credential);

  std::size_t max_;
  mutable std::mutex mutex_;
  std::map<digest128, state> states_;
  std::uint64_t count_ = 0;
  std::atomic<std::size_t> size_{0};  // read without the lock: mostly there is none
};

}  // namespace sidecache::cache
