// An item of ttl_lru_cache: what is known of it, and by what it hangs where. Not for use by itself.
//
// One piece of memory has the item, its links and its key, in this order: an item costs one allocation, its key is
// near, and a link finds its item by its own place among the links, for which its tag gives up eight bits.
#pragma once

#include <algorithm>
#include <boost/intrusive/list.hpp>
#include <boost/intrusive/unordered_set.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "sidecache/cache_terms.hpp"
#include "sidecache/detail/prefetch.hpp"

namespace sidecache::detail {

template <class Value>
struct cache_item_types {
  using time_point = std::chrono::steady_clock::time_point;
  using value_ptr = std::shared_ptr<const Value>;
  using hook_mode = boost::intrusive::link_mode<boost::intrusive::normal_link>;
  using owner_hook = boost::intrusive::list_member_hook<hook_mode>;
  struct item;
  struct owner_line;
  using owner_lines = std::unordered_map<std::uint64_t, owner_line>;
  static constexpr cache_tag tag_mask = (cache_tag{1} << cache_tag_bits) - 1;
  static constexpr cache_tag place_mask = (cache_tag{1} << (64 - cache_tag_bits)) - 1;

  /// Of the tag as many bits are kept as say enough; the rest tells which of its item's links it is.
  struct tag_link : boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
    cache_tag tag : cache_tag_bits = 0;
    cache_tag place : 64 - cache_tag_bits = 0;
    [[nodiscard]] bool is(cache_tag other) const { return tag == (other & tag_mask); }
    /// Links stand behind their item, in one piece of memory with it.
    [[nodiscard]] item& owner() const {
      auto* const first = const_cast<tag_link*>(this) - place;
      return *reinterpret_cast<item*>(reinterpret_cast<std::byte*>(first) - sizeof(item));
    }
  };

  /// Made by make().
  struct item : boost::intrusive::unordered_set_base_hook<hook_mode>, boost::intrusive::list_base_hook<hook_mode> {
    struct behind {
      std::size_t bytes;
    };
    static void* operator new(std::size_t size, behind more) { return ::operator new(size + more.bytes); }
    static void operator delete(void* at, behind /*more*/) { ::operator delete(at); }
    static void operator delete(void* at) { ::operator delete(at); }  // without a size, which is not the item's alone

    [[nodiscard]] static std::unique_ptr<item> make(std::string_view key, std::uint64_t hash, value_ptr value,
                                                    const cache_terms& terms, time_point now) {
      const behind more{tags_kept(terms) * sizeof(tag_link) + key.size()};
      return std::unique_ptr<item>(new (more) item(key, hash, std::move(value), terms, now));
    }
    item(const item&) = delete;
    item& operator=(const item&) = delete;
    ~item() { std::destroy_n(links(), tag_count); }

    [[nodiscard]] tag_link* links() const {
      return reinterpret_cast<tag_link*>(const_cast<std::byte*>(reinterpret_cast<const std::byte*>(this + 1)));
    }
    [[nodiscard]] std::string_view key() const {
      return {reinterpret_cast<const char*>(links() + tag_count), key_size};
    }
    /// Among many items each of these is a wait for memory: all of them at a time instead of one after the other.
    void prefetch() const {
      detail::prefetch(links() + tag_count, 1);
      detail::prefetch(value.get(), sizeof(Value));
      const typename use_list::node_traits::node* const hook = use_list::value_traits::to_node_ptr(*this);
      detail::prefetch(hook->prev_, 1);
      detail::prefetch(hook->next_, 1);
    }
    [[nodiscard]] bool is_minor() const { return rank == cache_rank::minor; }
    void remark(std::uint8_t set, std::uint8_t clear) {
      marks = static_cast<std::uint8_t>((marks & static_cast<std::uint8_t>(~clear)) | set);
    }

    /// Of the links with that tag, should it have been given more than once; null: there is none.
    [[nodiscard]] const tag_link* first(cache_tag tag) const {
      const auto* const end = links() + tag_count;
      const auto* const at = std::find_if(links(), links() + tag_count, [&](const tag_link& l) { return l.is(tag); });
      return at == end ? nullptr : at;
    }
    [[nodiscard]] bool has(cache_tag tag) const { return first(tag) != nullptr; }

    std::uint64_t hash;
    value_ptr value;
    time_point until;
    std::int64_t used;
    std::uint64_t owner;
    cache_rank rank;
    std::uint8_t category;
    std::uint8_t marks = 0;
    std::uint8_t tag_count;
    std::uint32_t uses = 0;
    std::uint32_t key_size;
    std::size_t bytes = 0;
    owner_hook in_owners_line;

   private:
    item(std::string_view k, std::uint64_t h, value_ptr v, const cache_terms& terms, time_point now)
        : hash(h),
          value(std::move(v)),
          until(terms.until),
          used(now.time_since_epoch().count()),
          owner(terms.owner),
          rank(terms.rank),
          category(static_cast<std::uint8_t>(terms.category & 7U)),
          tag_count(tags_kept(terms)),
          key_size(static_cast<std::uint32_t>(k.size())) {
      for (std::size_t i = 0; i < tag_count; ++i) {
        auto* const link = std::construct_at(links() + i);
        link->tag = terms.tags[i] & tag_mask;
        link->place = i & place_mask;
      }
      std::ranges::copy(k, reinterpret_cast<char*>(links() + tag_count));
      // + one hash bucket for the key, and its share of the chains that begin in by_tag
      bytes = sizeof(item) + key_size + tag_count * (sizeof(tag_link) + sizeof(void*) / 4) + sizeof(void*) + terms.cost;
      if (is_minor()) bytes += sizeof(typename owner_lines::value_type) + 3 * sizeof(void*);  // + its owner's line
    }
    static std::uint8_t tags_kept(const cache_terms& terms) {
      return static_cast<std::uint8_t>(std::min<std::size_t>(terms.tags.size(), place_mask));
    }
  };

  using use_list = boost::intrusive::list<item>;
  struct owner_line {
    boost::intrusive::list<item, boost::intrusive::member_hook<item, owner_hook, &item::in_owners_line>> items;
    bool expecting = false;  // an item is about to be added
  };
};

}  // namespace sidecache::detail
