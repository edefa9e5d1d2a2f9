// What the cache needs to know of a record, in one pass over its body: identity, relations, status and deadlines.
//
// The cache keeps these beside an entry instead of the typed record. What counts as a record, and how broken or unknown
// things are taken, is the public parser's contract (sidecache/parse.hpp), which is made of the same walk.
// Of kinds without a schema, which the data plane alone has, a record is what comes in its envelope, or bare with a
// slug (the caller's own API key: with an id); a list of integrations is what says that it is a list or a success. Pure
// and thread-safe; nothing of the body is kept but what the result holds: names and times, no credentials.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "records/json_cursor.hpp"
#include "records/kind.hpp"
#include "sidecache/parse.hpp"
#include "sidecache/record_parts.hpp"
#include "sidecache/wall_time.hpp"

namespace sidecache::records {

struct record_facts {
  std::string slug;
  std::string id;                                 ///< lower-case UUID, or empty
  std::string integration_id;                     ///< a slug, or a UUID in lower case; of providers and virtual keys
  std::string workspace_id;                       ///< as integration_id
  std::string organisation_id;                    ///< as integration_id
  record_status status = record_status::unknown;  ///< unknown: absent (some editions leave it out), or a new one
  std::optional<wall_time> expires_at;            ///< hard deadline
  std::optional<wall_time> next_usage_reset_at;   ///< soft deadline: the earliest that was named
  bool unreadable_deadline = false;               ///< there was one of either, but not as a date-time
  std::uint32_t unknown_fields = 0;
  std::uint32_t unknown_values = 0;
};

using not_a_record = parse_error;

/// Throws std::bad_alloc only.
[[nodiscard]] std::expected<record_facts, not_a_record> extract_facts(kind what, std::string_view body);

/// The same for a cursor at the start of a document, with where the record begins in it: behind `"data":` or at once.
struct located_record {
  record_facts facts;
  json_cursor::mark begin;
};
[[nodiscard]] std::expected<located_record, not_a_record> locate_record(kind what, json_cursor& document);

}  // namespace sidecache::records
