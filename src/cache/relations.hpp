// Which slug an integration's UUID has, and which API key a credential is, learnt from the records that pass.
//
// Bounded: when full it starts anew, and what is not known is dropped too often, never too seldom. There may be one for
// every stored record, so a UUID is kept as a keyed hash, as the tags of the store are. Thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/digest.hpp"
#include "base/siphash.hpp"

namespace sidecache::cache {

class relations {
 public:
  explicit relations(siphash_key key, std::size_t max = 65'536) : key_(key), max_(max) {}
  void learn(std::string_view uuid, std::string_view slug);
  void forget(std::string_view uuid);
  /// "" if not known.
  [[nodiscard]] std::string slug_of(std::string_view uuid) const;

  /// The partition's credential has the API key of this id.
  void learn_owner(const digest128& partition, std::string_view api_key_id);
  /// "" if not known.
  [[nodiscard]] std::string owner_of(const digest128& partition) const;

 private:
  [[nodiscard]] std::uint64_t hash_of(std::string_view uuid) const;

  siphash_key key_;
  std::size_t max_;
  mutable std::mutex mutex_;
  std::unordered_map<std::uint64_t, std::string> slugs_;
  std::map<digest128, std::string> owners_;
};

}  // namespace sidecache::cache
