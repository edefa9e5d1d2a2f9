// What an attempt's end says: of the upstream, and of asking again. Pure.
#pragma once

#include <cstdint>
#include <expected>

#include "base/clock.hpp"
#include "proxy/origin.hpp"
#include "resilience/circuit_breaker.hpp"

namespace sidecache::resilience {

struct retry_settings {
  std::uint64_t retries = 1;
  duration backoff = std::chrono::milliseconds(50);  ///< before the first, at most; doubled for each further one
};
constexpr duration longest_backoff = std::chrono::seconds(1);

/// What an answer with this status, or a failure, tells the breaker. 5xx is the control plane's own doing; a denial, a
/// page in HTML or a redirect is judged elsewhere and is an answer here; 429 is one client's affair.
[[nodiscard]] finding finding_of(unsigned status);
[[nodiscard]] finding finding_of(const proxy::failure& why);

/// Asking the same again may well bring something else. Not after `tls` and `proxy`, which say that something is set up
/// wrongly, nor after `timeout`, which has used up what time there was; nor where the control plane says when to come
/// back.
[[nodiscard]] bool is_worth_repeating(const http::response_head& head);
[[nodiscard]] bool is_worth_repeating(const proxy::failure& why);
/// Nothing reached that upstream, so that another may be asked at once, whatever it is.
[[nodiscard]] bool never_arrived(const proxy::failure& why);

/// Exponential back-off with full jitter before retry number `number` (0 is the first): `random` is in [0, 1).
[[nodiscard]] duration backoff_before(std::uint64_t number, const retry_settings& settings, double random);

}  // namespace sidecache::resilience
