// The `Age` and `Cache-Status` fields (RFC 9111 §5.1, RFC 9211) that differ from answer to answer.
#pragma once

#include <string_view>

#include "cache/entry.hpp"
#include "proxy/exchange.hpp"

namespace sidecache::proxy {

/// How long the entry is still fresh; negative: for how long it has not been.
[[nodiscard]] std::chrono::seconds ttl_left(const cache::entry& e, instant now);

/// How long ago the origin made it (RFC 9111 §4.2.3).
[[nodiscard]] duration age_of(const cache::entry& e, instant now);

/// `Age: …` and `Cache-Status: sidecache; hit; ttl=…[; detail=…]`.
void append_hit(small_text& out, const cache::entry& e, instant now, std::string_view detail = {});

struct forwarded {
  std::string_view reason;  ///< uri-miss, stale, bypass, method, request
  unsigned status = 0;      ///< what came from upstream; 0: nothing
  bool stored = false;
  bool collapsed = false;
  std::string_view detail;
};
/// `sidecache; fwd=…`, the value alone.
void append_forwarded(small_text& out, const forwarded& how);

}  // namespace sidecache::proxy
