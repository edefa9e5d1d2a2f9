// Conditional requests answered from what is stored, and 304 answers taken into it (RFC 9110 §13, RFC 9111 §4.3).
//
// Pure. A condition that can't be read is treated as not met: the client then gets the whole answer, which is never
// wrong. If-Match, If-Unmodified-Since and If-Range are the origin's to evaluate (RFC 9110 §13.1); a cache ignores
// them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "http/fields.hpp"

namespace sidecache::http {

/// `"abc"` or `W/"abc"` (RFC 9110 §8.8.3).
[[nodiscard]] bool is_entity_tag(std::string_view text);

/// Same opaque part, weak or not (RFC 9110 §8.8.3.2). False if either is no entity tag.
[[nodiscard]] bool weakly_equal(std::string_view a, std::string_view b);

/// A strong entity tag for these bytes: 128 bits of their SHA-256, quoted.
[[nodiscard]] std::string strong_etag(std::string_view body);

/// Whether the GET or HEAD may be answered 304 from an entry with these validators ("" and nothing if it has none).
/// If-None-Match goes first and then alone (RFC 9110 §13.2.2). If-Modified-Since is compared with Last-Modified only,
/// not with Date as RFC 9111 §4.3.2 would allow: two versions made within one second have the same.
[[nodiscard]] bool not_modified(const fields& request, std::string_view etag, std::optional<wall_time> last_modified,
                                wall_time now);

/// The same for a request whose only condition is If-None-Match, of one line and this value. `etag` is an entity tag.
[[nodiscard]] bool only_if_none_match_names(std::string_view value, std::string_view etag);

/// False for a field of a stored head that a 304 made from it leaves out (RFC 9110 §15.4.5): what describes the bytes
/// not sent, and Last-Modified, since every stored head has an entity tag.
[[nodiscard]] bool belongs_to_304(std::string_view name);

/// Takes a 304 answer's fields into a stored head whose bytes stay (RFC 9111 §3.2, §4.3.4): each replaces those of its
/// name, but for those never stored and those that describe the bytes. False, and nothing changed, if the 304 speaks of
/// another version: it has an ETag and the stored head has a different one or none.
[[nodiscard]] bool refresh_stored_fields(fields& stored, const fields& not_modified);

}  // namespace sidecache::http
