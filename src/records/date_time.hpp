// Instants as control planes write them. Pure.
//
// RFC 3339 (`2023-11-07T05:31:56.123Z`, any offset, lower-case t and z), and its relatives seen from databases and
// JavaScript: a space instead of T, a space before the offset, an offset without colon or minutes
// (`2023-11-07 05:31:56.123+00`), `UTC` or `GMT` for Z, and Date's text (`Tue Nov 07 2023 05:31:56 GMT+0000 (…)`).
// The time zone must be there: guessing it could move a deadline by 14 hours, and a deadline that can't be read has its
// own safe treatment. Fractions below a microsecond are cut off, a leap second (:60) counts as the second after :59.
#pragma once

#include <optional>
#include <string_view>

#include "sidecache/wall_time.hpp"

namespace sidecache::records {

[[nodiscard]] std::optional<wall_time> parse_date_time(std::string_view text);

}  // namespace sidecache::records
