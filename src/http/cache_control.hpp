// Cache-Control of responses and requests (RFC 9111 §5.2), and Pragma of requests (§5.4).
//
// sidecache is a private cache: an entry belongs to one credential. So `private` permits, and `s-maxage`, `public` and
// `proxy-revalidate`, which speak to shared caches only, are not looked at.
// A restriction counts however garbled it is; a permission counts only if it is well formed:
//   - an argument may be a token or a quoted string (§5.2); a quote that never closes hides nothing that restricts, and
//     makes every number behind it invalid;
//   - a number that can't be read is 0 (§4.2.1: invalid freshness information is stale), one over 2^31 is 2^31
//   (§1.2.2);
//   - of a number given twice, differently, the response is considered stale (§4.2.1 leaves that or the first one): 0;
//   - `no-cache="field"` is taken for `no-cache`: the named field would have to be left out, and the rest is of no use;
//   - of conflicting directives each is reported, and the caller honours the strictest (§4.2.1).
// Unknown directives are ignored (§5.2.3).
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include "http/fields.hpp"

namespace sidecache::http {

/// What stands for "for ever": RFC 9111 §1.2.2.
constexpr std::chrono::seconds largest_delta{2'147'483'648};

/// RFC 9111 §1.2.2: digits alone; what is larger is `largest_delta`.
[[nodiscard]] std::optional<std::chrono::seconds> parse_delta_seconds(std::string_view text);

struct response_directives {
  bool no_store = false;
  bool no_cache = false;         ///< may be kept, not used without revalidation
  bool must_revalidate = false;  ///< never served stale, in an outage either (§5.2.2.2)
  bool immutable = false;        ///< RFC 8246
  std::optional<std::chrono::seconds> max_age;
  std::optional<std::chrono::seconds> stale_while_revalidate;  ///< RFC 5861 §3
  std::optional<std::chrono::seconds> stale_if_error;          ///< RFC 5861 §4
};
[[nodiscard]] response_directives read_response_directives(const fields& response);

/// Requests only advise a cache (§5.2.1): here an argument that can't be read makes its directive ignored. Of repeated
/// ones the strictest counts.
struct request_directives {
  bool no_store = false;
  bool no_cache = false;  ///< `Pragma: no-cache` too, if there is no Cache-Control
  bool only_if_cached = false;
  std::optional<std::chrono::seconds> max_age;
  std::optional<std::chrono::seconds> min_fresh;
  std::optional<std::chrono::seconds> max_stale;       ///< without an argument `largest_delta`
  std::optional<std::chrono::seconds> stale_if_error;  ///< RFC 5861 §4
};
[[nodiscard]] request_directives read_request_directives(const fields& request);

}  // namespace sidecache::http
