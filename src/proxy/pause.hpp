// How long a credential pauses that the control plane told to slow down (429).
//
// Pure. As long as Retry-After says and a little longer: all replicas with that credential were told the same, at about
// the same time, and would come back in the same instant.
#pragma once

#include <cstdint>

#include "base/clock.hpp"
#include "http/fields.hpp"

namespace sidecache::proxy {

/// By Retry-After of a 429: seconds or a date (RFC 9110 §10.2.3); settings.hpp has the pause where there is none, and
/// the longest.
[[nodiscard]] duration pause_asked_for(const http::fields& of_429, wall_time now);

/// Up to a tenth longer, or up to 100 ms if that is more; by random bits.
[[nodiscard]] duration with_jitter(duration pause, std::uint64_t random);

}  // namespace sidecache::proxy
