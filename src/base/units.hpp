// Durations ("30s", "250ms", "72h") and sizes ("64MiB") as people write them in a config file.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

#include "base/clock.hpp"

namespace sidecache {

/// A whole number and one unit of ns, us, ms, s, m, h, d; "0" alone needs none. The error says what was expected.
[[nodiscard]] std::expected<duration, std::string> parse_duration(std::string_view text);
/// The largest unit that holds it as a whole number: 90s stays "90s", 120s is "2m".
[[nodiscard]] std::string format_duration(duration value);

/// A whole number, alone or with one unit of B, KiB, MiB, GiB (powers of 1024) or kB, MB, GB (powers of 1000).
[[nodiscard]] std::expected<std::uint64_t, std::string> parse_size(std::string_view text);
/// The largest power of 1024 that holds it as a whole number.
[[nodiscard]] std::string format_size(std::uint64_t bytes);

}  // namespace sidecache
