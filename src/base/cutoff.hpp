// Which limit made us end a client's connection: one name in sidecache_connections_closed_total, log and tests. What
// the client ends itself, and what ends with a drain, is none.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace sidecache {

enum class cutoff : std::uint8_t {
  idle_timeout,     ///< no request for limits.idle_timeout
  header_timeout,   ///< a head took longer than limits.header_timeout -> 408
  stall,            ///< not one byte of a message that had begun for limits.stall_timeout
  min_rate,         ///< bytes, but fewer than limits.min_rate for longer than limits.rate_grace
  request_timeout,  ///< head to end of the answer took longer than limits.request_timeout -> 504 if none was begun
  requests,         ///< limits.requests_per_connection: the last answer said so
};
constexpr std::array<std::string_view, 6> cutoff_names{"idle_timeout", "header_timeout",  "stall",
                                                       "min_rate",     "request_timeout", "requests"};
[[nodiscard]] constexpr std::string_view to_string(cutoff c) { return cutoff_names[static_cast<std::size_t>(c)]; }

}  // namespace sidecache
