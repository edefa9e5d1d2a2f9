// Targeted cache control (RFC 9213): a field such as CDN-Cache-Control that speaks to some caches only, and for them
// stands in place of Cache-Control and Expires.
//
// Its value is a Dictionary of Structured Fields (RFC 8941 §3.2), and so strict: one that can't be parsed, or is empty,
// counts as absent (RFC 9213 §2.2). Of a known directive with a value of another type than it takes, a restriction
// counts all the same, and a number counts as 0.
#pragma once

#include <optional>
#include <string_view>

#include "http/cache_control.hpp"

namespace sidecache::http {

/// Nothing: Cache-Control and Expires count.
[[nodiscard]] std::optional<response_directives> read_targeted_directives(const fields& response,
                                                                          std::string_view field_name);

}  // namespace sidecache::http
