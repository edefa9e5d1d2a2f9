// Dates as the control plane writes them (RFC 3339 in UTC with milliseconds), as clients may send them, and as HTTP's
// Date field has them (RFC 9110 §5.6.7).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"

namespace sidecache::mock {

/// "2025-03-04T10:11:12.000Z"
[[nodiscard]] std::string format_timestamp(wall_time at);
/// A date alone, or a date-time with or without fraction, with `Z`, an offset or neither (then UTC).
[[nodiscard]] std::optional<wall_time> parse_timestamp(std::string_view text);
/// "Tue, 04 Mar 2025 10:11:12 GMT"
[[nodiscard]] std::string http_date(wall_time at);

}  // namespace sidecache::mock
