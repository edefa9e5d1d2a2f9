// What an outage that begins now would find: of the keys that were asked for within the last hour, how many could be
// served from memory, and for how long.
//
// A key is a lookup as one credential asks it. Counted are those whose record is held and was asked for within the
// hour, and those that were fetched within it but are not held now: evicted, dropped by a write or a purge, too large
// or forbidden to store, or never got at all. Keys that the control plane denies (401, 403, 404) are none: there is
// nothing of them to serve.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/clock.hpp"

namespace sidecache::proxy {

constexpr duration coverage_span = std::chrono::hours(1);

struct coverage {
  /// Times from now at which it is told how many are left.
  static constexpr std::array<duration, 7> steps{
      std::chrono::minutes(1), std::chrono::minutes(10), std::chrono::hours(1), std::chrono::hours(6),
      std::chrono::hours(24),  std::chrono::hours(48),   std::chrono::hours(72)};

  std::uint64_t asked = 0;              ///< keys
  std::uint64_t covered = 0;            ///< of these, what could be served if the control plane went now
  std::array<std::uint64_t, 7> left{};  ///< of these, what could still be at each of the steps
  std::optional<duration> first_lost;   ///< when the first of them ends
  std::optional<duration> last_lost;    ///< when the last of them does

  /// A key that could be served for so long, or could not be at all.
  void add(std::optional<duration> servable_for);
};

}  // namespace sidecache::proxy
