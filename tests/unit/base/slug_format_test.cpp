// Numbered slugs: each number has one text, and each text one number.
#include "base/slug_format.hpp"

#include <gtest/gtest.h>

namespace sidecache {
namespace {

std::string slug(const slug_format& of, std::uint64_t number) {
  std::string text;
  of.append(number, text);
  return text;
}

TEST(slug_format_test, reads_what_it_writes) {
  for (const std::string_view text : {"load-%d", "%d", "a-%05d-eu", "%01d"}) {
    const auto format = slug_format::parse(text).value();
    for (const std::uint64_t number : {0ULL, 1ULL, 9ULL, 10ULL, 99'999ULL, 123'456ULL, 18'446'744'073'709'551'615ULL})
      EXPECT_EQ(format.number_of(slug(format, number)), number) << text;
  }
  EXPECT_EQ(slug(slug_format::parse("a-%05d-eu").value(), 42), "a-00042-eu");
}

TEST(slug_format_test, knows_its_own_slugs_only) {
  const auto plain = slug_format::parse("load-%d").value();
  for (const std::string_view other :
       {"load-", "load-01", "load-+1", "load--1", "load-1x", "LOAD-1", "load-18446744073709551616", "load", ""})
    EXPECT_FALSE(plain.number_of(other)) << other;
  const auto filled = slug_format::parse("load-%03d-eu").value();
  for (const std::string_view other : {"load-1-eu", "load-01-eu", "load-0001-eu", "load-eu", "load-001"})
    EXPECT_FALSE(filled.number_of(other)) << other;
  EXPECT_EQ(filled.number_of("load-1000-eu"), 1000U);
}

TEST(slug_format_test, refuses_what_has_not_one_number_or_no_place_in_a_path) {
  for (const std::string_view wrong : {"", "load", "%", "%s", "%5d", "%d%d", "a/%d", "%d?x", "%d#", "a b%d", "%099d"})
    EXPECT_FALSE(slug_format::parse(wrong)) << wrong;
}

}  // namespace
}  // namespace sidecache
