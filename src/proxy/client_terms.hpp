// What a client's own headers ask of the cache (RFC 9111 §5.2.1, RFC 9110 §13.1), and whether what is stored meets it.
//
// Pure. Directives advise: they are honoured as far as they can't make anybody's lookups hammer the control plane,
// which is the core's to say (core::may_revalidate). A setting ignores them; conditionals always count.
#pragma once

#include <chrono>
#include <optional>

#include "cache/entry.hpp"
#include "http/fields.hpp"

namespace sidecache::proxy {

struct client_terms {
  bool conditional = false;     ///< If-None-Match or If-Modified-Since is there
  bool no_cache = false;        ///< wants an answer that the control plane has confirmed just now
  bool no_store = false;        ///< what is fetched for it is not stored
  bool only_if_cached = false;  ///< wants no fetch at all: 504 where there is nothing
  std::optional<std::chrono::seconds> max_age;
  std::optional<std::chrono::seconds> min_fresh;
  std::optional<std::chrono::seconds> max_stale;
  std::optional<std::chrono::seconds> stale_if_error;
};

/// One pass over the fields. `honour`: false leaves the directives out. Allocates nothing where none is there.
[[nodiscard]] client_terms read_client_terms(const http::fields& request, bool honour);

/// Whether an entry that is usable at once (fresh, or in its stale-while-revalidate time) is what the client asks for.
[[nodiscard]] bool accepts(const client_terms& terms, const cache::entry& e, cache::usability use, instant now);

/// Whether the client takes a stale entry at once, which would otherwise be fetched anew first.
[[nodiscard]] bool accepts_stale(const client_terms& terms, const cache::entry& e, cache::usability use, instant now);

/// Whether the client takes a stale entry in place of an error.
[[nodiscard]] bool accepts_on_error(const client_terms& terms, const cache::entry& e, instant now);

}  // namespace sidecache::proxy
