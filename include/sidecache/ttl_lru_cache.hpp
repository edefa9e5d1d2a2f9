// A sharded cache bounded in bytes, with time limits, least-recently-used eviction and tags.
//
// What it is: immutable values behind shared pointers, found by a string key. Every item carries
//   - a time after which it is never found again,
//   - a rank: expendable items are evicted before regular ones, wherever in the cache they are,
//   - up to 255 tags: 64-bit names (hashes) of what the item depends on, by which items are found for dropping or
//   marking,
//   - marks: eight bits that say something about the stored value without replacing it.
//
// Bounds: `max_bytes` covers everything an item costs: the caller's `cost` of its value, the key, and the cache's own
// nodes and links. The bound holds after every call. Eviction takes the globally least recently used item of the lower
// rank present: each shard publishes the age of its oldest item, and the shard with the oldest one gives it up.
//
// Threads: every member function may be called from any thread at any time. Each shard has a mutex, held for a few
// hundred instructions and never across a call to user code but for `admit` and the visitors. A value once handed out
// stays valid however long its pointer is kept.
//
// Time is an argument: the cache reads no clock. Errors: none but std::bad_alloc, after which it is unchanged.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <boost/intrusive/list.hpp>
#include <boost/intrusive/unordered_set.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sidecache {

using cache_tag = std::uint64_t;

enum class cache_rank : std::uint8_t { expendable, regular };

/// How an item is kept.
struct cache_terms {
  std::size_t cost = 0;  ///< bytes that the value occupies, itself included
  std::chrono::steady_clock::time_point until =
      std::chrono::steady_clock::time_point::max();  ///< found before this only
  cache_rank rank = cache_rank::regular;
  std::uint8_t category = 0;  ///< counted apart in figures(), below 8
  std::span<const cache_tag> tags;
};

struct cache_figures {
  std::size_t bytes = 0;
  std::array<std::size_t, 8> items{};    ///< by category
  std::uint64_t evicted = 0;             ///< regular items that had to make room, since the start
  std::uint64_t evicted_expendable = 0;  ///< expendable ones
  std::uint64_t expired = 0;             ///< found past their time
};

/// `Hash` maps a std::string_view to 64 bits; where clients choose keys, it should be keyed.
template <class Value, class Hash = std::hash<std::string_view>>
class ttl_lru_cache {
 public:
  using time_point = std::chrono::steady_clock::time_point;
  using value_ptr = std::shared_ptr<const Value>;

  struct found {
    value_ptr value;  ///< empty: not there
    std::uint8_t marks = 0;
    explicit operator bool() const { return value != nullptr; }
  };

  explicit ttl_lru_cache(std::size_t max_bytes, Hash hash = Hash{}, std::size_t shards = 16)
      : hash_(std::move(hash)), max_bytes_(max_bytes), shards_(std::max<std::size_t>(1, shards)) {
    for (shard& s : shards_) s.total = &bytes_;
  }
  ttl_lru_cache(const ttl_lru_cache&) = delete;
  ttl_lru_cache& operator=(const ttl_lru_cache&) = delete;

  /// The item, which thereby becomes the most recently used.
  [[nodiscard]] found find(std::string_view key, time_point now) {
    const std::uint64_t h = hash_(key);
    shard& s = shard_of(h);
    const std::lock_guard lock(s.mutex);
    item* n = s.find(key, h);
    if (n == nullptr) return {};
    if (now >= n->until) {
      expired_.fetch_add(1, std::memory_order_relaxed);
      remove(s, *n);
      return {};
    }
    s.touch(*n, now);
    return {n->value, n->marks};
  }

  /// Stores, in place of what the key held; its marks begin at 0. `admit()` is asked under the shard's lock, after
  /// which the item is at once visible to drop_tagged() and mark_tagged(): a writer that first makes `admit` false and
  /// then drops the tag leaves nothing behind. False if not admitted, or if the item alone is over the bound; what the
  /// key held before is then still there.
  template <class Admit>
  bool insert(std::string_view key, value_ptr value, const cache_terms& terms, time_point now, Admit admit) {
    const std::uint64_t h = hash_(key);
    shard& s = shard_of(h);
    auto fresh = std::make_unique<item>(key, h, std::move(value), terms, now);
    if (fresh->bytes > max_bytes_) return false;
    {
      const std::lock_guard lock(s.mutex);
      if (!admit()) return false;
      if (item* old = s.find(key, h)) remove(s, *old);
      s.add(fresh.release());
    }
    make_room();
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
    if (n != nullptr) remove(s, *n);
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
    std::size_t dropped = 0;
    for (shard& s : shards_) {
      const std::lock_guard lock(s.mutex);
      while (item* n = s.first_tagged(tag)) {
        remove(s, *n);
        ++dropped;
      }
    }
    return dropped;
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
      for (auto* list : {&s.lists[0], &s.lists[1]})
        while (!list->empty()) {
          remove(s, list->front());
          ++dropped;
        }
    }
    return dropped;
  }

  /// Visits items, least recently used first within a shard, until `visit(key, value, marks)` returns false. Under the
  /// shard's lock: `visit` must be short and must not call the cache.
  template <class Visit>
  void for_each(Visit visit) const {
    for (const shard& s : shards_) {
      const std::lock_guard lock(s.mutex);
      for (const auto* list : {&s.lists[0], &s.lists[1]})
        for (const item& n : *list)
          if (!visit(std::string_view(n.key), n.value, n.marks)) return;
    }
  }

  [[nodiscard]] cache_figures figures() const {
    cache_figures sum;
    for (const shard& s : shards_) {
      const std::lock_guard lock(s.mutex);
      for (std::size_t i = 0; i < sum.items.size(); ++i) sum.items[i] += s.items[i];
    }
    sum.bytes = bytes_.load(std::memory_order_relaxed);
    sum.evicted = evicted_[static_cast<std::size_t>(cache_rank::regular)].load(std::memory_order_relaxed);
    sum.evicted_expendable = evicted_[static_cast<std::size_t>(cache_rank::expendable)].load(std::memory_order_relaxed);
    sum.expired = expired_.load(std::memory_order_relaxed);
    return sum;
  }

 private:
  // Invariants, under a shard's mutex: a item is in `by_key`, in the list of its rank at the place of its last use, and
  // once in `by_tag` for each of its tags; `oldest[rank]` is the last use of that list's front, or `none`.
  using hook_mode = boost::intrusive::link_mode<boost::intrusive::normal_link>;
  static constexpr std::int64_t none = std::numeric_limits<std::int64_t>::max();
  struct item;

  struct tag_link : boost::intrusive::unordered_set_base_hook<hook_mode> {
    cache_tag tag = 0;
    item* owner = nullptr;
  };

  struct item : boost::intrusive::unordered_set_base_hook<hook_mode>, boost::intrusive::list_base_hook<hook_mode> {
    item(std::string_view k, std::uint64_t h, value_ptr v, const cache_terms& terms, time_point now)
        : key(k),
          hash(h),
          value(std::move(v)),
          until(terms.until),
          used(now.time_since_epoch().count()),
          rank(terms.rank),
          category(static_cast<std::uint8_t>(terms.category & 7U)),
          tag_count(static_cast<std::uint8_t>(std::min<std::size_t>(terms.tags.size(), 255))),
          links(std::make_unique<tag_link[]>(tag_count)) {
      for (std::size_t i = 0; i < tag_count; ++i) {
        links[i].tag = terms.tags[i];
        links[i].owner = this;
      }
      // + one hash bucket for the key and one for each tag
      bytes =
          sizeof(item) + key.capacity() + tag_count * (sizeof(tag_link) + sizeof(void*)) + sizeof(void*) + terms.cost;
    }
    void remark(std::uint8_t set, std::uint8_t clear) {
      marks = static_cast<std::uint8_t>((marks & static_cast<std::uint8_t>(~clear)) | set);
    }

    std::string key;
    std::uint64_t hash;
    value_ptr value;
    time_point until;
    std::int64_t used;
    cache_rank rank;
    std::uint8_t category;
    std::uint8_t marks = 0;
    std::uint8_t tag_count;
    std::unique_ptr<tag_link[]> links;
    std::size_t bytes = 0;
  };

  struct hash_of_item {
    std::size_t operator()(const item& n) const { return n.hash; }
  };
  struct same_key {
    bool operator()(const item& a, const item& b) const { return a.key == b.key; }
  };
  struct hash_of_link {
    std::size_t operator()(const tag_link& l) const { return l.tag; }
  };
  struct same_tag {
    bool operator()(const tag_link& a, const tag_link& b) const { return a.tag == b.tag; }
  };

  using key_table =
      boost::intrusive::unordered_set<item, boost::intrusive::hash<hash_of_item>, boost::intrusive::equal<same_key>,
                                      boost::intrusive::power_2_buckets<true>>;
  using tag_table =
      boost::intrusive::unordered_multiset<tag_link, boost::intrusive::hash<hash_of_link>,
                                           boost::intrusive::equal<same_tag>, boost::intrusive::power_2_buckets<true>>;
  using use_list = boost::intrusive::list<item>;

  /// An intrusive table with buckets of its own that double when they are full.
  template <class Table>
  struct growing {
    std::vector<typename Table::bucket_type> buckets{16};
    Table table{typename Table::bucket_traits(buckets.data(), buckets.size())};

    growing() = default;
    growing(const growing&) = delete;
    growing& operator=(const growing&) = delete;
    ~growing() { table.clear(); }
    void make_room_for(std::size_t more) {
      if (table.size() + more <= buckets.size()) return;
      std::vector<typename Table::bucket_type> larger(buckets.size() * 2);
      table.rehash(typename Table::bucket_traits(larger.data(), larger.size()));
      buckets.swap(larger);
    }
  };

  struct alignas(64) shard {
    mutable std::mutex mutex;
    growing<key_table> by_key;
    growing<tag_table> by_tag;
    std::array<use_list, 2> lists;  // by rank, least recently used first
    std::array<std::atomic<std::int64_t>, 2> oldest{none, none};
    std::array<std::size_t, 8> items{};
    std::atomic<std::size_t>* total = nullptr;

    ~shard() {
      by_tag.table.clear();
      by_key.table.clear();
      for (auto& list : lists) list.clear_and_dispose([](item* n) { delete n; });
    }
    item* find(std::string_view key, std::uint64_t h) {
      const auto at = by_key.table.find(
          key, [h](std::string_view) { return static_cast<std::size_t>(h); },
          [h](std::string_view k, const item& n) { return n.hash == h && n.key == k; });
      return at == by_key.table.end() ? nullptr : &*at;
    }
    use_list& list_of(const item& n) { return lists[static_cast<std::size_t>(n.rank)]; }
    void publish_oldest(cache_rank rank) {
      const auto r = static_cast<std::size_t>(rank);
      oldest[r].store(lists[r].empty() ? none : lists[r].front().used, std::memory_order_relaxed);
    }
    void touch(item& n, time_point now) {
      auto& list = list_of(n);
      n.used = std::max(n.used, now.time_since_epoch().count());
      list.splice(list.end(), list, list.iterator_to(n));
      publish_oldest(n.rank);
    }
    void add(item* n) {
      by_key.make_room_for(1);
      by_tag.make_room_for(n->tag_count);
      by_key.table.insert(*n);
      for (std::size_t i = 0; i < n->tag_count; ++i) by_tag.table.insert(n->links[i]);
      list_of(*n).push_back(*n);
      ++items[n->category];
      total->fetch_add(n->bytes, std::memory_order_relaxed);
      publish_oldest(n->rank);
    }
    auto tagged(cache_tag tag) {
      return by_tag.table.equal_range(
          tag, [](cache_tag t) { return static_cast<std::size_t>(t); },
          [](cache_tag t, const tag_link& l) { return l.tag == t; });
    }
    item* first_tagged(cache_tag tag) {
      const auto [from, to] = tagged(tag);
      return from == to ? nullptr : from->owner;
    }
    template <class Visit>
    void for_each_tagged(cache_tag tag, Visit visit) {
      const auto [from, to] = tagged(tag);
      for (auto at = from; at != to; ++at) visit(*at->owner);
    }
  };

  shard& shard_of(std::uint64_t h) { return shards_[(h >> 48U) % shards_.size()]; }

  void remove(shard& s, item& n) {
    for (std::size_t i = 0; i < n.tag_count; ++i) s.by_tag.table.erase(s.by_tag.table.iterator_to(n.links[i]));
    s.by_key.table.erase(s.by_key.table.iterator_to(n));
    auto& list = s.list_of(n);
    list.erase(list.iterator_to(n));
    --s.items[n.category];
    bytes_.fetch_sub(n.bytes, std::memory_order_relaxed);
    const auto rank = n.rank;
    delete &n;
    s.publish_oldest(rank);
  }

  /// The shard whose oldest item of that rank is the oldest of all; null if there is no such item.
  shard* shard_with_oldest(std::size_t rank) {
    shard* oldest = nullptr;
    std::int64_t age = none;
    for (shard& s : shards_) {
      const auto its = s.oldest[rank].load(std::memory_order_relaxed);
      if (its < age) {
        age = its;
        oldest = &s;
      }
    }
    return oldest;
  }

  void make_room() {
    while (bytes_.load(std::memory_order_relaxed) > max_bytes_) {
      bool evicted = false;
      for (const std::size_t rank : {std::size_t{0}, std::size_t{1}}) {
        shard* s = shard_with_oldest(rank);
        if (s == nullptr) continue;
        const std::lock_guard lock(s->mutex);
        evicted = true;  // or another thread was faster: look again
        if (s->lists[rank].empty()) break;
        remove(*s, s->lists[rank].front());
        evicted_[rank].fetch_add(1, std::memory_order_relaxed);
        break;
      }
      if (!evicted) return;
    }
  }

  Hash hash_;
  std::size_t max_bytes_;
  std::atomic<std::size_t> bytes_{0};
  std::array<std::atomic<std::uint64_t>, 2> evicted_{};
  std::atomic<std::uint64_t> expired_{0};
  std::vector<shard> shards_;
};

}  // namespace sidecache
