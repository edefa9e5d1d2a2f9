// A key that nobody outside can know, so that nobody can make keys of a table collide.
#pragma once

#include <cstdint>
#include <random>

#include "base/siphash.hpp"

namespace sidecache::net {

/// Of the system's random numbers, which a simulation need not repeat: no outcome depends on it.
inline siphash_key random_key() {
  std::random_device source;
  const auto number = [&source] { return (std::uint64_t{source()} << 32U) | source(); };
  return {number(), number()};
}

}  // namespace sidecache::net
