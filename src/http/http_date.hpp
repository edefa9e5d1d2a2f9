// HTTP dates (RFC 9110 §5.6.7), read in all three forms and written in the one that is not obsolete.
//
// Strict: anything but the grammar, a day that does not exist, and a weekday that does not fit its date are no date.
// Everywhere it matters that errs on the safe side: such an Expires is in the past, such an If-Modified-Since is
// ignored. Names match without case and the zone may be UTC, as RFC 9111 §4.2 asks of caches.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"

namespace sidecache::http {

/// "Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT" or "Sun Nov  6 08:49:37 1994". `now` decides the
/// century of the second form: the latest that is not more than 50 years ahead.
[[nodiscard]] std::optional<wall_time> parse_http_date(std::string_view text, wall_time now);

/// "Sun, 06 Nov 1994 08:49:37 GMT"; fractions of a second are cut off, years outside of 0 to 9999 become those.
[[nodiscard]] std::string format_http_date(wall_time at);

}  // namespace sidecache::http
