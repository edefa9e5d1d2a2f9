// What ttl_lru_cache holds in bytes, how much it may, and what makes room. Not for use by itself.
//
// Each shard publishes the age of its oldest item of each rank, so that the oldest of all is found without a lock; what
// is evicted then is the oldest of that shard by the time that its lock is held. Thread-safe, and called with no
// shard's lock held.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <vector>

#include "sidecache/cache_terms.hpp"
#include "sidecache/detail/cache_shard.hpp"

namespace sidecache::detail {

template <class Value>
class cache_bounds {
  using types = cache_shard_types<Value>;
  using shard = typename types::shard;

 public:
  cache_bounds(std::size_t max_bytes, std::size_t max_minor_bytes, std::vector<shard>& shards)
      : max_bytes_(max_bytes), max_minor_bytes_(std::min(max_bytes, max_minor_bytes)), shards_(shards) {
    for (shard& s : shards_) {
      s.total = &bytes_;
      s.minor_total = &minor_bytes_;
    }
  }

  void count_besides(const std::atomic<std::size_t>& bytes) { besides_ = &bytes; }
  /// Whether an item of so many bytes could be kept at all.
  [[nodiscard]] bool has_room_for(std::size_t bytes, bool minor) const {
    return bytes <= (minor ? max_minor_bytes_ : max_bytes_).load(std::memory_order_relaxed);
  }
  void set(std::size_t max_bytes, std::size_t max_minor_bytes) {
    max_bytes_.store(max_bytes, std::memory_order_relaxed);
    max_minor_bytes_.store(std::min(max_bytes, max_minor_bytes), std::memory_order_relaxed);
    make_room_among_minor_over_share();
    make_room();
  }

  void make_room() {
    while (held_bytes() > max_bytes_.load(std::memory_order_relaxed)) {
      bool evicted = false;
      for (std::size_t rank = 0; rank < cache_rank_count && !evicted; ++rank) {
        shard* s = shard_with_oldest(rank);
        if (s == nullptr) continue;
        const std::lock_guard lock(s->mutex);
        evicted = true;  // or another thread was faster: look again
        if (s->lists[rank].empty()) continue;
        s->remove(s->lists[rank].front());
        evicted_[rank].fetch_add(1, std::memory_order_relaxed);
      }
      if (!evicted) return;
    }
  }

  /// One of minor rank has come, and pushes out only its like; in the same shard by preference, which is cheap and can
  /// find its owner's own.
  void make_room_among_minor(shard& came_into, std::uint64_t owner) {
    while (true) {
      const bool over_share = is_over_minor_share();
      if (!over_share && held_bytes() <= max_bytes_.load(std::memory_order_relaxed)) return;
      auto& count = over_share ? evicted_over_share_ : evicted_[static_cast<std::size_t>(cache_rank::minor)];
      bool evicted = came_into.evict_minor(owner, 2);
      if (!evicted) {
        shard* const other = shard_with_oldest(static_cast<std::size_t>(cache_rank::minor));
        if (other == nullptr) return;
        evicted = other->evict_minor(owner, 1);  // or another thread was faster: look again
      }
      if (evicted) count.fetch_add(1, std::memory_order_relaxed);
    }
  }

  /// Fills in all but the items' numbers and those that expired.
  void tell(cache_figures& into) const {
    into.bytes = held_bytes();
    into.max_bytes = max_bytes_;
    into.minor_bytes = minor_bytes_.load(std::memory_order_relaxed);
    const auto evicted = [this](cache_rank r) {
      return evicted_[static_cast<std::size_t>(r)].load(std::memory_order_relaxed);
    };
    into.evicted = evicted(cache_rank::regular);
    into.evicted_expendable = evicted(cache_rank::expendable) + evicted(cache_rank::minor);
    into.evicted_over_share = evicted_over_share_.load(std::memory_order_relaxed);
  }

 private:
  /// The shard whose oldest item of that rank is the oldest of all; null if there is no such item.
  shard* shard_with_oldest(std::size_t rank) {
    shard* oldest = nullptr;
    std::int64_t age = types::none;
    for (shard& s : shards_) {
      const auto its = s.oldest[rank].load(std::memory_order_relaxed);
      if (its < age) {
        age = its;
        oldest = &s;
      }
    }
    return oldest;
  }

  [[nodiscard]] std::size_t held_bytes() const {
    return bytes_.load(std::memory_order_relaxed) + (besides_ ? besides_->load(std::memory_order_relaxed) : 0);
  }

  /// Nobody's has come: the share itself has shrunk, and the oldest go.
  void make_room_among_minor_over_share() {
    while (is_over_minor_share()) {
      shard* const s = shard_with_oldest(static_cast<std::size_t>(cache_rank::minor));
      if (s == nullptr) return;
      const std::lock_guard lock(s->mutex);
      auto& list = s->lists[static_cast<std::size_t>(cache_rank::minor)];
      if (list.empty()) continue;  // another thread was faster: look again
      s->remove(list.front());
      evicted_over_share_.fetch_add(1, std::memory_order_relaxed);
    }
  }
  [[nodiscard]] bool is_over_minor_share() const {
    return minor_bytes_.load(std::memory_order_relaxed) > max_minor_bytes_.load(std::memory_order_relaxed);
  }

  std::atomic<std::size_t> max_bytes_;
  std::atomic<std::size_t> max_minor_bytes_;
  std::atomic<std::size_t> bytes_{0};
  std::atomic<std::size_t> minor_bytes_{0};
  std::array<std::atomic<std::uint64_t>, cache_rank_count> evicted_{};
  std::atomic<std::uint64_t> evicted_over_share_{0};
  const std::atomic<std::size_t>* besides_ = nullptr;
  std::vector<shard>& shards_;
};

}  // namespace sidecache::detail
