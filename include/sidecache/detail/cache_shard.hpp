// One shard of ttl_lru_cache, and how an item hangs in it. Not for use by itself.
//
// A tag may be one item's alone or everybody's, so what carries it hangs in a chain of both directions: an item leaves
// in a time that does not depend on how many share its tags, and so does one that is evicted.
//
// Invariants, under the shard's mutex: an item is in `by_key`, in the list of its rank at the place of its last use,
// and once in `by_tag` for each of its tags; `oldest[rank]` is the last use of that list's front, or `none`. One of
// minor rank is besides in the line of its owner in `owners`, by its last use too; a line that is there and empty waits
// for an item that is about to be added.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <boost/intrusive/list.hpp>
#include <boost/intrusive/unordered_set.hpp>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <mutex>
#include <string_view>
#include <utility>
#include <vector>

#include "sidecache/cache_terms.hpp"
#include "sidecache/detail/cache_item.hpp"
#include "sidecache/detail/growing_table.hpp"

namespace sidecache::detail {

template <class Value>
struct cache_shard_types {
  using of_items = cache_item_types<Value>;
  using time_point = typename of_items::time_point;
  using value_ptr = typename of_items::value_ptr;
  using item = typename of_items::item;
  using tag_link = typename of_items::tag_link;
  using owner_hook = typename of_items::owner_hook;
  using owner_line = typename of_items::owner_line;
  using owner_lines = typename of_items::owner_lines;
  static constexpr std::int64_t none = std::numeric_limits<std::int64_t>::max();

  struct hash_of_item {
    std::size_t operator()(const item& n) const { return n.hash; }
  };
  struct same_key {
    bool operator()(const item& a, const item& b) const { return a.key() == b.key(); }
  };
  using key_table =
      boost::intrusive::unordered_set<item, boost::intrusive::hash<hash_of_item>, boost::intrusive::equal<same_key>,
                                      boost::intrusive::power_2_buckets<true>>;
  using use_list = typename of_items::use_list;

  /// Chains of links, eight to a chain at most before there are more of them. Those of one tag are in one chain, and
  /// with them whatever else falls there.
  struct tag_index {
    using chain = boost::intrusive::list<tag_link, boost::intrusive::constant_time_size<false>>;
    static constexpr std::size_t links_a_chain = 8;

    std::vector<chain> chains = std::vector<chain>(16);  // a power of two
    std::size_t size = 0;

    tag_index() = default;
    tag_index(const tag_index&) = delete;
    tag_index& operator=(const tag_index&) = delete;
    ~tag_index() = default;
    chain& of(cache_tag tag) { return chains[tag & (chains.size() - 1)]; }
    void make_room_for(std::size_t more) {
      if (size + more <= chains.size() * links_a_chain) return;
      std::vector<chain> larger(chains.size() * 2);
      larger.swap(chains);
      for (chain& old : larger)
        while (!old.empty()) {
          tag_link& link = old.front();
          old.pop_front();
          of(link.tag).push_back(link);
        }
    }
    void add(tag_link& link) noexcept {
      of(link.tag).push_back(link);
      ++size;
    }
    void remove(tag_link& link) noexcept {
      link.unlink();
      --size;
    }
  };

  struct alignas(64) shard {
    mutable std::mutex mutex;
    growing_table<key_table> by_key;
    tag_index by_tag;
    std::array<use_list, cache_rank_count> lists;  // by rank, least recently used first
    std::array<std::atomic<std::int64_t>, cache_rank_count> oldest{none, none, none};
    owner_lines owners;
    std::array<std::size_t, 8> items{};
    std::atomic<std::size_t>* total = nullptr;
    std::atomic<std::size_t>* minor_total = nullptr;

    ~shard() {
      for (auto& [owner, line] : owners) line.items.clear();
      by_key.table.clear();
      for (auto& list : lists) list.clear_and_dispose([](item* n) { delete n; });
    }
    item* find(std::string_view key, std::uint64_t h) {
      const auto at = by_key.table.find(
          key, [h](std::string_view) { return static_cast<std::size_t>(h); },
          [h](std::string_view k, const item& n) {
            if (n.hash != h) return false;
            n.prefetch();
            return n.key() == k;
          });
      return at == by_key.table.end() ? nullptr : &*at;
    }
    use_list& list_of(const item& n) { return lists[static_cast<std::size_t>(n.rank)]; }
    void publish_oldest(cache_rank rank) {
      const auto r = static_cast<std::size_t>(rank);
      oldest[r].store(lists[r].empty() ? none : lists[r].front().used, std::memory_order_relaxed);
    }
    void touch(item& n, time_point now) {
      if (n.uses != std::numeric_limits<std::uint32_t>::max()) ++n.uses;
      auto& list = list_of(n);
      n.used = std::max(n.used, now.time_since_epoch().count());
      // What everybody asks for is last already, and other threads' copies of its neighbours stay good.
      if (&list.back() != &n) list.splice(list.end(), list, list.iterator_to(n));
      if (n.is_minor()) {
        auto& line = owners.find(n.owner)->second.items;
        line.splice(line.end(), line, line.iterator_to(n));
      }
      publish_oldest(n.rank);
    }
    /// The only step of add() that may throw.
    void make_room_for(const item& n) {
      by_key.make_room_for(1);
      by_tag.make_room_for(n.tag_count);
      if (n.is_minor()) owners[n.owner].expecting = true;
    }
    void add(item* n) noexcept {
      by_key.table.insert(*n);
      for (std::size_t i = 0; i < n->tag_count; ++i) by_tag.add(n->links()[i]);
      list_of(*n).push_back(*n);
      ++items[n->category];
      total->fetch_add(n->bytes, std::memory_order_relaxed);
      if constexpr (requires(const Value& v) { v.stored(); })
        if (n->value) n->value->stored();
      if (n->is_minor()) {
        owner_line& line = owners.find(n->owner)->second;
        line.items.push_back(*n);
        line.expecting = false;
        minor_total->fetch_add(n->bytes, std::memory_order_relaxed);
      }
      publish_oldest(n->rank);
    }
    void remove(item& n) noexcept {
      for (std::size_t i = 0; i < n.tag_count; ++i) by_tag.remove(n.links()[i]);
      by_key.table.erase(by_key.table.iterator_to(n));
      if (n.is_minor()) leave_owner(n);
      auto& list = list_of(n);
      list.erase(list.iterator_to(n));
      --items[n.category];
      total->fetch_sub(n.bytes, std::memory_order_relaxed);
      if constexpr (requires(const Value& v) { v.removed(); })
        if (n.value) n.value->removed();
      const auto rank = n.rank;
      delete &n;
      publish_oldest(rank);
    }
    void leave_owner(item& n) noexcept {
      const auto its = owners.find(n.owner);
      its->second.items.erase(its->second.items.iterator_to(n));
      minor_total->fetch_sub(n.bytes, std::memory_order_relaxed);
      if (its->second.items.empty() && !its->second.expecting) owners.erase(its);
    }
    /// Makes room for a minor item of this owner. False if there are fewer than `least`.
    bool evict_minor(std::uint64_t for_owner, std::size_t least) {
      const std::lock_guard lock(mutex);
      if (lists[static_cast<std::size_t>(cache_rank::minor)].size() < least) return false;
      remove(*minor_to_evict(for_owner));
      return true;
    }
    /// Which one makes room for one of this owner: the oldest, or this owner's oldest if it has more than the
    /// oldest's owner has. Null if there is none.
    item* minor_to_evict(std::uint64_t for_owner) {
      auto& list = lists[static_cast<std::size_t>(cache_rank::minor)];
      if (list.empty()) return nullptr;
      item& oldest_of_all = list.front();
      const auto own = owners.find(for_owner);
      if (own == owners.end() || own->second.items.size() <= owners.find(oldest_of_all.owner)->second.items.size())
        return &oldest_of_all;
      return &own->second.items.front();
    }
    /// Those that carry the tag and that `which(value, has_tag)` chooses, each once.
    template <class Which>
    std::vector<item*> chosen(cache_tag tag, Which which) {
      std::vector<item*> out;
      for_each_tagged(tag, [&](item& n) {
        if (which(n.value, [&n](cache_tag other) { return n.has(other); })) out.push_back(&n);
      });
      return out;
    }
    /// Each that carries the tag, once.
    template <class Visit>
    void for_each_tagged(cache_tag tag, Visit visit) {
      for (const tag_link& link : by_tag.of(tag))
        if (link.is(tag) && link.owner().first(tag) == &link) visit(link.owner());
    }
  };
};

}  // namespace sidecache::detail
