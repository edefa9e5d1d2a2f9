// Why a request was answered the way it was: one name in metrics, logs, Cache-Status decisions and tests.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace sidecache {

enum class outcome : std::uint8_t {
  hit,                     ///< fresh, from memory
  stale_while_revalidate,  ///< past its TTL, from memory, while it is fetched anew in the background (RFC 5861 §3)
  stale_error,             ///< past its TTL, from memory, because the control plane could not answer (RFC 5861 §4)
  revalidated,             ///< upstream answered 304 to our validator
  miss,                    ///< fetched for this request
  collapsed,               ///< fetched once for this and other requests
  negative_hit,            ///< a remembered 401, 403 or 404
  bypass,                  ///< a lookup that may not be answered from the cache
  pass,                    ///< no lookup: streamed through
  invalidate,              ///< a write: streamed through, and what it touches dropped or to be revalidated
  shed,                    ///< refused to protect the control plane or this process
  rejected,                ///< refused because of what the client sent
  cancelled,               ///< the client left before its answer was complete
  error,                   ///< upstream failed and nothing stored could stand in
};
constexpr std::array<std::string_view, 14> outcome_names{"hit",          "stale_while_revalidate",
                                                         "stale_error",  "revalidated",
                                                         "miss",         "collapsed",
                                                         "negative_hit", "bypass",
                                                         "pass",         "invalidate",
                                                         "shed",         "rejected",
                                                         "cancelled",    "error"};
[[nodiscard]] constexpr std::string_view to_string(outcome o) { return outcome_names[static_cast<std::size_t>(o)]; }

}  // namespace sidecache
