// What a Cache-Status field (RFC 9211) says became of a request, as a name to count by. Pure.
//
// Of several caches the last member counts: each appends itself, so that is the one nearest to the client (§2).
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace sidecache::replay {

enum class cache_outcome : std::uint8_t {
  hit,
  stale,      ///< a hit that is served past its lifetime: `hit` with a negative `ttl`
  collapsed,  ///< forwarded, but another request's answer was shared
  fwd_uri_miss,
  fwd_vary_miss,
  fwd_miss,
  fwd_stale,
  fwd_partial,
  fwd_request,
  fwd_method,
  fwd_bypass,
  unclear,  ///< a field that says none of these
  none,     ///< no such field
};
constexpr std::array<std::string_view, 13> cache_outcome_names{
    "hit",         "stale",       "collapsed",  "fwd=uri-miss", "fwd=vary-miss", "fwd=miss", "fwd=stale",
    "fwd=partial", "fwd=request", "fwd=method", "fwd=bypass",   "unclear",       "none"};

/// `field`: all lines of the field, joined. Not for an absent one, which is `none`.
[[nodiscard]] cache_outcome outcome_in(std::string_view field);

}  // namespace sidecache::replay
