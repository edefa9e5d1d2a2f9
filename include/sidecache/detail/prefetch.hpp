// Asking for memory before it is needed. Not for use by itself.
#pragma once

#include <cstddef>
#include <cstdint>

namespace sidecache::detail {

/// Begins to fetch what lies there; what is not there, or is nobody's, is not missed. Addresses are counted as numbers,
/// since what is fetched may reach over the end of the object.
inline void prefetch(const void* from, std::size_t bytes) {
  constexpr std::size_t line = 64;
  const auto begin = reinterpret_cast<std::uintptr_t>(from);
  for (std::size_t at = 0; at < bytes; at += line)
    __builtin_prefetch(reinterpret_cast<const void*>(begin + at));  // NOLINT(performance-no-int-to-ptr)
}

}  // namespace sidecache::detail
