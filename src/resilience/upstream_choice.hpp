// Which of several upstreams is asked next. Pure.
//
// Without weights their order counts: the first healthy one; with weights each healthy one in that proportion. One
// whose breaker is open takes no part (that is its ejection), except that a request becomes its probe when one is due:
// a real lookup, which is repeated at a healthy one if the probe fails. So the preferred one is used again only once
// its breaker has closed, however often it comes and goes. An upstream behind the first healthy one is probed only by
// requests that nobody waits for: nothing is won by making a client wait for a spare.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace sidecache::resilience {

struct standing {
  bool healthy = true;     ///< its breaker is closed
  bool probe_due = false;  ///< not healthy, and may be probed now
  bool left_out = false;   ///< not to be chosen: this request was there already
  std::uint32_t weight = 1;
};

enum class probing : std::uint8_t {
  never,      ///< a retry, which is to succeed
  preferred,  ///< somebody waits for the answer
  any,
};

/// `random` is in [0, 1).
[[nodiscard]] std::optional<std::size_t> choose_upstream(std::span<const standing> from, bool weighted, probing may,
                                                         double random);

}  // namespace sidecache::resilience
