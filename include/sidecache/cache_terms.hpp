// How an item of ttl_lru_cache is kept, and what the cache counts.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>

namespace sidecache {

/// A hash, of which the lower bits count.
using cache_tag = std::uint64_t;
constexpr unsigned cache_tag_bits = 56;

/// In the order in which items are evicted.
enum class cache_rank : std::uint8_t {
  minor,       ///< has to do with a share of the memory, and leaves first
  expendable,  ///< leaves when there is nothing minor
  regular,
};
constexpr std::size_t cache_rank_count = 3;

/// How an item is kept.
struct cache_terms {
  std::size_t cost = 0;    ///< bytes that the value occupies, itself included
  std::size_t shared = 0;  ///< and that it may share with others: counted by count_besides(), not here
  std::chrono::steady_clock::time_point until =
      std::chrono::steady_clock::time_point::max();  ///< found before this only
  cache_rank rank = cache_rank::regular;
  std::uint64_t owner = 0;    ///< minor: whose it is, among whom the share is shared out
  std::uint8_t category = 0;  ///< counted apart in figures(), below 8
  std::span<const cache_tag> tags;
};

struct cache_figures {
  std::size_t bytes = 0;
  std::array<std::size_t, 8> items{};    ///< by category
  std::size_t minor_bytes = 0;           ///< of `bytes`
  std::uint64_t evicted = 0;             ///< regular items that had to make room, since the start
  std::uint64_t evicted_expendable = 0;  ///< expendable and minor ones
  std::uint64_t evicted_over_share = 0;  ///< minor ones that went because of their share alone
  std::uint64_t expired = 0;             ///< found past their time
  std::size_t max_bytes = 0;             ///< what `bytes` may come to
};

}  // namespace sidecache
