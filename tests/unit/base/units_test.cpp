#include "base/units.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <limits>
#include <string>

namespace sidecache {
namespace {

using namespace std::chrono_literals;

TEST(duration_text, a_whole_number_and_a_unit) {
  EXPECT_EQ(parse_duration("30s"), 30s);
  EXPECT_EQ(parse_duration("250ms"), 250ms);
  EXPECT_EQ(parse_duration("7us"), 7us);
  EXPECT_EQ(parse_duration("9ns"), 9ns);
  EXPECT_EQ(parse_duration("5m"), 5min);
  EXPECT_EQ(parse_duration("72h"), 72h);
  EXPECT_EQ(parse_duration("3d"), 72h);
  EXPECT_EQ(parse_duration("0"), 0s);
  EXPECT_EQ(parse_duration("0s"), 0s);
  EXPECT_EQ(parse_duration("007s"), 7s);
}

TEST(duration_text, anything_else_is_refused_with_what_was_expected) {
  for (const auto* text : {"", " ", "30", "s", "-1s", "+1s", "1.5s", "30 s", " 30s", "30s ", "30sec", "30S", "1h30m",
                           "0x10s", "1e3s", "30ms30", "1M", "00 "}) {
    const auto parsed = parse_duration(text);
    ASSERT_FALSE(parsed.has_value()) << text;
    EXPECT_EQ(parsed.error(), "expected a whole number and one of ns, us, ms, s, m, h, d, such as 30s") << text;
  }
}

TEST(duration_text, too_large_is_said_so_and_never_wraps) {
  EXPECT_EQ(parse_duration("9223372036854775807ns"), duration(std::numeric_limits<std::int64_t>::max()));
  EXPECT_EQ(parse_duration("106751d"), 106751 * 24h);
  for (const auto* text : {"9223372036854775808ns", "106752d", "99999999999999999999s", "18446744073709551615h"}) {
    const auto parsed = parse_duration(text);
    ASSERT_FALSE(parsed.has_value()) << text;
    EXPECT_EQ(parsed.error(), "too large") << text;
  }
}

TEST(duration_text, is_written_in_the_largest_unit_that_keeps_it_whole) {
  EXPECT_EQ(format_duration(90s), "90s");
  EXPECT_EQ(format_duration(120s), "2m");
  EXPECT_EQ(format_duration(72h), "3d");
  EXPECT_EQ(format_duration(1500ms), "1500ms");
  EXPECT_EQ(format_duration(1ns), "1ns");
  EXPECT_EQ(format_duration(0s), "0s");
  EXPECT_EQ(format_duration(-5s), "0s");
}

TEST(duration_text, what_is_written_is_read_back) {
  for (const duration d : {duration(1s), duration(90s), duration(36h), duration(1001us), duration(7ns), duration(0)})
    EXPECT_EQ(parse_duration(format_duration(d)), d);
}

TEST(size_text, powers_of_1024_and_of_1000) {
  EXPECT_EQ(parse_size("0"), 0U);
  EXPECT_EQ(parse_size("4096"), 4096U);
  EXPECT_EQ(parse_size("512B"), 512U);
  EXPECT_EQ(parse_size("8KiB"), 8192U);
  EXPECT_EQ(parse_size("64MiB"), 64U << 20U);
  EXPECT_EQ(parse_size("2GiB"), 2ULL << 30U);
  EXPECT_EQ(parse_size("8kB"), 8000U);
  EXPECT_EQ(parse_size("64MB"), 64'000'000U);
  EXPECT_EQ(parse_size("2GB"), 2'000'000'000U);
}

TEST(size_text, anything_else_is_refused_with_what_was_expected) {
  for (const auto* text : {"", "B", "-1", "1.5MiB", "64 MiB", "64mib", "64M", "64K", "1TiB", "MiB", "64MiBs"}) {
    const auto parsed = parse_size(text);
    ASSERT_FALSE(parsed.has_value()) << text;
    EXPECT_EQ(parsed.error(), "expected a whole number and one of B, KiB, MiB, GiB, kB, MB, GB, such as 64MiB") << text;
  }
  for (const auto* text : {"8589934592GiB", "9223372036854775808", "99999999999999999999"}) {
    const auto parsed = parse_size(text);
    ASSERT_FALSE(parsed.has_value()) << text;
    EXPECT_EQ(parsed.error(), "too large") << text;
  }
}

TEST(size_text, is_written_in_the_largest_power_of_1024_that_keeps_it_whole) {
  EXPECT_EQ(format_size(0), "0B");
  EXPECT_EQ(format_size(1023), "1023B");
  EXPECT_EQ(format_size(8192), "8KiB");
  EXPECT_EQ(format_size(64U << 20U), "64MiB");
  EXPECT_EQ(format_size(3ULL << 30U), "3GiB");
  EXPECT_EQ(format_size(8000), "8000B");
  for (const std::uint64_t bytes : {1ULL, 1000ULL, 1024ULL, 1ULL << 40U, (1ULL << 40U) + 1})
    EXPECT_EQ(parse_size(format_size(bytes)), bytes);
}

}  // namespace
}  // namespace sidecache
