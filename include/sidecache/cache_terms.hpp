// How an item of ttl_lru_cache is kept, and what the cache counts.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>

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

}  // namespace sidecache
