// Which writes are under way: begun, and not yet answered. What memory says meanwhile is neither right nor wrong, for
// the control plane may have applied the write already; shadow asks before it calls a difference wrong.
//
// Thread-safe. A tag that several writes touch is open until the last of them is over.
#pragma once

#include <algorithm>
#include <mutex>
#include <span>
#include <unordered_map>

#include "sidecache/ttl_lru_cache.hpp"

namespace sidecache::proxy {

class open_writes {
 public:
  void begin(std::span<const cache_tag> touched) {
    const std::lock_guard lock(mutex_);
    for (const cache_tag tag : touched) ++open_[tag];
  }
  /// Of the same as begin().
  void end(std::span<const cache_tag> touched) {
    const std::lock_guard lock(mutex_);
    for (const cache_tag tag : touched) {
      const auto at = open_.find(tag);
      if (at != open_.end() && --at->second == 0) open_.erase(at);
    }
  }
  [[nodiscard]] bool any_of(std::span<const cache_tag> tags) const {
    const std::lock_guard lock(mutex_);
    return std::ranges::any_of(tags, [&](cache_tag tag) { return open_.contains(tag); });
  }

 private:
  mutable std::mutex mutex_;
  std::unordered_map<cache_tag, std::size_t> open_;
};

}  // namespace sidecache::proxy
