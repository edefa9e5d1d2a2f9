#include "base/units.hpp"

#include <array>
#include <charconv>
#include <limits>
#include <utility>

namespace sidecache {
namespace {

struct unit {
  std::string_view name;
  std::uint64_t factor;
};

constexpr std::array duration_units{unit{"d", 86'400'000'000'000},
                                    unit{"h", 3'600'000'000'000},
                                    unit{"m", 60'000'000'000},
                                    unit{"s", 1'000'000'000},
                                    unit{"ms", 1'000'000},
                                    unit{"us", 1'000},
                                    unit{"ns", 1}};

constexpr std::array size_units{unit{"GiB", 1ULL << 30U},
                                unit{"MiB", 1ULL << 20U},
                                unit{"KiB", 1ULL << 10U},
                                unit{"GB", 1'000'000'000},
                                unit{"MB", 1'000'000},
                                unit{"kB", 1'000},
                                unit{"B", 1}};

/// number, then a unit of the table; the product must fit the limit.
template <std::size_t N>
std::expected<std::uint64_t, std::string> parse_with_unit(std::string_view text, const std::array<unit, N>& units,
                                                          std::uint64_t limit, std::string_view unitless,
                                                          std::string_view expected) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const std::string_view rest = text.substr(static_cast<std::size_t>(end - text.data()));
  if (error == std::errc::result_out_of_range) return std::unexpected(std::string("too large"));
  if (error != std::errc{}) return std::unexpected("expected " + std::string(expected));
  const std::string_view name = rest.empty() && (number == 0 || !unitless.empty()) ? units.back().name : rest;
  for (const auto& unit : units) {
    if (unit.name != name) continue;
    if (number > limit / unit.factor) return std::unexpected(std::string("too large"));
    return number * unit.factor;
  }
  return std::unexpected("expected " + std::string(expected));
}

template <std::size_t N>
std::string format_with_unit(std::uint64_t value, const std::array<unit, N>& units) {
  for (const auto& unit : units)
    if (value % unit.factor == 0) return std::to_string(value / unit.factor) + std::string(unit.name);
  return std::to_string(value);
}

}  // namespace

std::expected<duration, std::string> parse_duration(std::string_view text) {
  const auto nanoseconds = parse_with_unit(text, duration_units, std::numeric_limits<std::int64_t>::max(), "",
                                           "a whole number and one of ns, us, ms, s, m, h, d, such as 30s");
  if (!nanoseconds) return std::unexpected(nanoseconds.error());
  return duration(static_cast<std::int64_t>(*nanoseconds));
}

std::string format_duration(duration value) {
  if (value.count() <= 0) return "0s";
  return format_with_unit(static_cast<std::uint64_t>(value.count()), duration_units);
}

std::expected<std::uint64_t, std::string> parse_size(std::string_view text) {
  return parse_with_unit(text, size_units, std::numeric_limits<std::int64_t>::max(), "B",
                         "a whole number and one of B, KiB, MiB, GiB, kB, MB, GB, such as 64MiB");
}

std::string format_size(std::uint64_t bytes) {
  if (bytes == 0) return "0B";
  static constexpr std::array powers_of_1024{size_units[0], size_units[1], size_units[2], size_units[6]};
  return format_with_unit(bytes, powers_of_1024);
}

}  // namespace sidecache
