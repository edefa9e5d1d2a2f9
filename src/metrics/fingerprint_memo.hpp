// What the last few credentials are shown as: few ask again and again, and a keyed digest of each takes a dozen
// allocations and 20,000 instructions.
//
// It holds no credential but two keyed hashes of each, by which it is told apart: two credentials that have both in
// common, at one in 2^128, would be shown as one. Not thread-safe: a copy for each worker.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "base/siphash.hpp"
#include "http/header_rules.hpp"

namespace sidecache::metrics {

class fingerprint_memo {
 public:
  using maker = std::function<std::string(const http::credential_view& who)>;

  /// `keys` are secret.
  fingerprint_memo(const std::array<siphash_key, 2>& keys, maker make) : keys_(keys), make_(std::move(make)) {}

  std::string operator()(const http::credential_view& who) {
    const std::array<std::uint64_t, 2> which{hash(keys_[0], who), hash(keys_[1], who)};
    slot& place = slots_[which[0] % slots_.size()];
    if (place.shown.empty() || place.which != which) place = {which, make_(who)};
    return place.shown;
  }

 private:
  struct slot {
    std::array<std::uint64_t, 2> which{};
    std::string shown;
  };

  static std::uint64_t hash(siphash_key key, const http::credential_view& who) {
    const std::uint64_t first = siphash(key, who.authorization);
    return siphash_prefix(key, {reinterpret_cast<const char*>(&first), sizeof(first)}).with(who.api_key);
  }

  std::array<siphash_key, 2> keys_;
  maker make_;
  std::array<slot, 32> slots_;
};

}  // namespace sidecache::metrics
