// A sharded cache bounded in bytes, with time limits, least-recently-used eviction and tags.
//
// What it is: immutable values behind shared pointers, found by a string key. Every item carries
//   - a time after which it is never found again,
//   - a rank: minor items are evicted before expendable ones, and these before regular ones, wherever in the cache they
//   are,
//   - up to 255 tags: names of 56 bits (hashes) of what the item depends on, by which items are found for dropping or
//   marking,
//   - marks: eight bits that say something about the stored value without replacing it.
//
// Bounds: `max_bytes` covers everything an item costs: the caller's `cost` of its value, the key, and the cache's own
// nodes and links; and, if asked to, what values share (count_besides). The bound holds after every call. Eviction
// takes the globally least recently used item of the lower rank present: each shard publishes the age of its oldest
// item, and the shard with the oldest one gives it up. The bound may be changed at any time. Minor items have a share
// (`max_minor_bytes` of them) and push out each other only, though not by age alone: where the owner of the newcomer
// has more of them than the owner of the oldest, its own oldest goes. So an owner that floods the share keeps pushing
// out itself, and takes from another only what that one has more than it.
//
// Threads: every member function may be called from any thread at any time. Each shard has a mutex, held for a few
// hundred instructions and never across a call to user code but for `admit` and the visitors. A value once handed out
// stays valid however long its pointer is kept.
//
// Time is an argument: the cache reads no clock. Errors: none but std::bad_alloc, after which it is unchanged.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <mutex>
#include <string_view>
#include <utility>
#include <vector>

#include "sidecache/cache_terms.hpp"
#include "sidecache/detail/cache_bounds.hpp"
#include "sidecache/detail/cache_shard.hpp"

namespace sidecache {

/// `Hash` maps a std::string_view to 64 bits; where clients choose keys, it should be keyed.
template <class Value, class Hash = std::hash<std::string_view>>
class ttl_lru_cache {
 public:
  using time_point = std::chrono::steady_clock::time_point;
  using value_ptr = std::shared_ptr<const Value>;

  struct found {
    value_ptr value;  ///< empty: not there
    std::uint8_t marks = 0;
    std::uint32_t uses = 0;  ///< how often it was found since it was stored, this time included
    explicit operator bool() const { return value != nullptr; }
  };

  explicit ttl_lru_cache(std::size_t max_bytes, Hash hash = Hash{}, std::size_t shards = 16,
                         std::size_t max_minor_bytes = std::numeric_limits<std::size_t>::max())
      : hash_(std::move(hash)),
        shards_(std::max<std::size_t>(1, shards)),
        bounds_(max_bytes, max_minor_bytes, shards_) {}
  ttl_lru_cache(const ttl_lru_cache&) = delete;
  ttl_lru_cache& operator=(const ttl_lru_cache&) = delete;

  /// Bytes that values share among each other, and that therefore no item's cost has, count against `max_bytes` too. A
  /// value is told of what becomes of it, if it has these functions: `stored()` when it comes in, `removed()` when it
  /// goes, both const and under the shard's lock. Before the cache is used; `bytes` outlives it.
  void count_besides(const std::atomic<std::size_t>& bytes) { bounds_.count_besides(bytes); }

  /// The item, which thereby becomes the most recently used.
  [[nodiscard]] found find(std::string_view key, time_point now) {
    const std::uint64_t h = hash_(key);
    shard& s = shard_of(h);
    const std::lock_guard lock(s.mutex);
    item* n = s.find(key, h);
    if (n == nullptr) return {};
    if (now >= n->until) {
      expired_.fetch_add(1, std::memory_order_relaxed);
      s.remove(*n);
      return {};
    }
    s.touch(*n, now);
    return {n->value, n->marks, n->uses};
  }

  /// The same, where `wanted(value, marks, uses)` is true, `uses` with this time included. An item that is not wanted
  /// is left as if nobody had asked. Under the shard's lock: see for_each. `h` is the key's hash.
  template <class Wanted>
  [[nodiscard]] found find_if(std::string_view key, std::uint64_t h, time_point now, Wanted wanted) {
    shard& s = shard_of(h);
    const std::lock_guard lock(s.mutex);
    item* n = s.find(key, h);
    if (n == nullptr || now >= n->until || !wanted(*n->value, n->marks, n->uses + 1)) return {};
    s.touch(*n, now);
    return {n->value, n->marks, n->uses};
  }

  /// Other bounds from now on: what is over them is evicted before this returns.
  void set_bounds(std::size_t max_bytes, std::size_t max_minor_bytes) { bounds_.set(max_bytes, max_minor_bytes); }

  /// Stores, in place of what the key held; its marks begin at 0. `admit()` is asked under the shard's lock, after
  /// which the item is at once visible to drop_tagged() and mark_tagged(): a writer that first makes `admit` false and
  /// then drops the tag leaves nothing behind. False if not admitted, or if the item alone is over the bound; what the
  /// key held before is then still there.
  template <class Admit>
  bool insert(std::string_view key, value_ptr value, const cache_terms& terms, time_point now, Admit admit) {
    const std::uint64_t h = hash_(key);
    shard& s = shard_of(h);
    auto fresh = item::make(key, h, std::move(value), terms, now);
    const bool minor = fresh->is_minor();
    if (!bounds_.has_room_for(fresh->bytes + terms.shared, minor)) return false;
    {
      const std::lock_guard lock(s.mutex);
      if (!admit()) return false;
      s.make_room_for(*fresh);
      if (item* old = s.find(key, h)) s.remove(*old);
      s.add(fresh.release());
    }
    if (minor) bounds_.make_room_among_minor(s, terms.owner);
    bounds_.make_room();
    return true;
  }
  bool insert(std::string_view key, value_ptr value, const cache_terms& terms, time_point now) {
    return insert(key, std::move(value), terms, now, [] { return true; });
  }

  /// True if there was one.
  bool erase(std::string_view key) {
    const std::uint64_t h = hash_(key);
    shard& s = shard_of(h);
    const std::lock_guard lock(s.mutex);
    item* n = s.find(key, h);
    if (n != nullptr) s.remove(*n);
    return n != nullptr;
  }

  /// Sets and clears marks of one item: `set` wins over `clear`. False if there is none.
  bool mark(std::string_view key, std::uint8_t set, std::uint8_t clear = 0) {
    const std::uint64_t h = hash_(key);
    shard& s = shard_of(h);
    const std::lock_guard lock(s.mutex);
    item* n = s.find(key, h);
    if (n != nullptr) n->remark(set, clear);
    return n != nullptr;
  }

  /// Drops every item that carries the tag. Returns how many.
  std::size_t drop_tagged(cache_tag tag) {
    return drop_tagged_if(tag, [](const value_ptr&, const auto&) { return true; });
  }

  /// The same for those of them for which `which(value, has_tag)` is true, where `has_tag(tag)` tells whether the item
  /// carries another tag too. Under the shard's lock: see for_each.
  template <class Which>
  std::size_t drop_tagged_if(cache_tag tag, Which which) {
    std::size_t dropped = 0;
    for (shard& s : shards_) {
      const std::lock_guard lock(s.mutex);
      for (item* n : s.chosen(tag, which)) {
        s.remove(*n);
        ++dropped;
      }
    }
    return dropped;
  }

  /// Sets marks of those items.
  template <class Which>
  std::size_t mark_tagged_if(cache_tag tag, std::uint8_t set, Which which) {
    std::size_t marked = 0;
    for (shard& s : shards_) {
      const std::lock_guard lock(s.mutex);
      for (item* n : s.chosen(tag, which)) {
        n->remark(set, 0);
        ++marked;
      }
    }
    return marked;
  }

  /// Sets and clears marks of every item that carries the tag. Returns how many carry it.
  std::size_t mark_tagged(cache_tag tag, std::uint8_t set, std::uint8_t clear = 0) {
    std::size_t marked = 0;
    for (shard& s : shards_) {
      const std::lock_guard lock(s.mutex);
      s.for_each_tagged(tag, [&](item& n) {
        n.remark(set, clear);
        ++marked;
      });
    }
    return marked;
  }

  /// Drops everything. Returns how many.
  std::size_t clear() {
    std::size_t dropped = 0;
    for (shard& s : shards_) {
      const std::lock_guard lock(s.mutex);
      for (auto& list : s.lists)
        while (!list.empty()) {
          s.remove(list.front());
          ++dropped;
        }
    }
    return dropped;
  }

  /// Visits items, least recently used first within a shard, until `visit(key, value, marks, used)` returns false,
  /// where `used` is when it was last found or stored. Under the shard's lock: `visit` must be short and must not call
  /// the cache.
  template <class Visit>
  void for_each(Visit visit) const {
    for (const shard& s : shards_) {
      const std::lock_guard lock(s.mutex);
      for (const auto& list : s.lists)
        for (const item& n : list)
          if (!visit(n.key(), n.value, n.marks, time_point(time_point::duration(n.used)))) return;
    }
  }

  [[nodiscard]] cache_figures figures() const {
    cache_figures sum;
    for (const shard& s : shards_) {
      const std::lock_guard lock(s.mutex);
      for (std::size_t i = 0; i < sum.items.size(); ++i) sum.items[i] += s.items[i];
    }
    bounds_.tell(sum);
    sum.expired = expired_.load(std::memory_order_relaxed);
    return sum;
  }

 private:
  using types = detail::cache_shard_types<Value>;
  using item = typename types::item;
  using shard = typename types::shard;

  shard& shard_of(std::uint64_t h) { return shards_[(h >> 48U) % shards_.size()]; }

  Hash hash_;
  std::atomic<std::uint64_t> expired_{0};
  std::vector<shard> shards_;
  detail::cache_bounds<Value> bounds_;  ///< of the shards
};

}  // namespace sidecache
