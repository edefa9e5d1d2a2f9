// Entries from answers: the head is written once here, and goes out as it is for every hit. Pure.
#pragma once

#include <span>

#include "http/freshness.hpp"
#include "proxy/core.hpp"

namespace sidecache::proxy {

/// Its bytes are those of `known`, if somebody was given them before.
[[nodiscard]] entry_ptr make_record(const lookup& of, const upstream_answer& answer, const lifetime& life,
                                    const http::origin_freshness& origin, std::uint64_t asked, instant now,
                                    cache::bodies& known);

/// The head of an entry as a 304 leaves it, for reading how long it is fresh: what the 304 does not say again stands
/// (RFC 9111 §3.2), but for Age and Date, which are each message's own (RFC 9110 §6.6.1).
[[nodiscard]] http::fields confirmed_fields(const cache::entry& confirmed, const http::fields& not_modified);

/// The entry whose validator a 304 confirmed: its bytes, with the fields that the 304 brought in place of its own
/// (RFC 9111 §3.2, §4.3.4). Null if the 304 speaks of another version.
[[nodiscard]] entry_ptr make_confirmed(const cache::entry& confirmed, const upstream_answer& answer,
                                       const lifetime& life, const http::origin_freshness& origin, std::uint64_t asked,
                                       instant now);

/// A remembered 401, 403 or 404.
[[nodiscard]] entry_ptr make_denial(const lookup& of, const upstream_answer& answer, const lifetime& life,
                                    const http::origin_freshness& origin, std::uint64_t asked, instant now);

/// For the waiters of one flight only: all that came but hop-by-hop fields and cookies.
[[nodiscard]] entry_ptr make_unstored(const lookup& of, const upstream_answer& answer, std::uint64_t asked,
                                      instant now);

/// "What this key gives can't be stored."
[[nodiscard]] entry_ptr make_marker(const lookup& of, std::uint64_t asked, instant now);

/// How the store keeps it, for the credential whose it is.
[[nodiscard]] cache_terms terms_of(const cache::entry& made, const digest128& partition,
                                   std::span<const cache_tag> tags);

}  // namespace sidecache::proxy
