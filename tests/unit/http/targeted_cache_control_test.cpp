// CDN-Cache-Control and its like (RFC 9213): heard whole, or not at all.
#include "http/targeted_cache_control.hpp"

#include <gtest/gtest.h>

#include <chrono>

namespace sidecache::http {
namespace {

using namespace std::chrono_literals;

std::optional<response_directives> read(std::string_view value) {
  fields f;
  f.add("CDN-Cache-Control", value);
  return read_targeted_directives(f, "cdn-cache-control");
}

TEST(targeted_cache_control, says_what_cache_control_could) {
  const auto said = read("max-age=600, stale-while-revalidate=30 , stale-if-error=60,must-revalidate");
  ASSERT_TRUE(said);
  EXPECT_EQ(said->max_age, 600s);
  EXPECT_EQ(said->stale_while_revalidate, 30s);
  EXPECT_EQ(said->stale_if_error, 60s);
  EXPECT_TRUE(said->must_revalidate);
  EXPECT_FALSE(said->no_store);
  EXPECT_TRUE(read("no-store")->no_store);
  EXPECT_FALSE(read("no-store=?0")->no_store);
  EXPECT_TRUE(read("no-cache=\"set-cookie\"")->no_cache) << "a restriction counts, whatever its value is";
}

TEST(targeted_cache_control, parameters_and_unknown_members_are_passed_over) {
  const auto said = read(R"(x=(a "b" 1;q=2), max-age=5;p=1;r, y=:aGk=:, z=tok/en:*, f=-1.25, g="q\"\\")");
  ASSERT_TRUE(said);
  EXPECT_EQ(said->max_age, 5s);
}

TEST(targeted_cache_control, the_last_of_a_name_counts_and_lines_are_one_dictionary) {
  EXPECT_EQ(read("max-age=5, max-age=7")->max_age, 7s);
  fields f;
  f.add("CDN-Cache-Control", "max-age=5");
  f.add("cdn-cache-control", "no-cache");
  const auto said = read_targeted_directives(f, "CDN-Cache-Control");
  ASSERT_TRUE(said);
  EXPECT_EQ(said->max_age, 5s);
  EXPECT_TRUE(said->no_cache);
}

TEST(targeted_cache_control, a_number_of_another_type_is_no_time_at_all) {
  for (const auto* value : {"max-age=\"600\"", "max-age=6.5", "max-age=-6", "max-age", "max-age=x", "max-age=(600)"})
    EXPECT_EQ(read(value).value_or(response_directives{}).max_age, 0s) << value;
  EXPECT_EQ(read("max-age=999999999999999")->max_age, largest_delta);
}

TEST(targeted_cache_control, what_can_not_be_parsed_or_is_empty_counts_as_absent) {
  for (const auto* value : {"",
                            " ",
                            "Max-Age=600",
                            "max-age=600,",
                            ",",
                            "max-age=600;",
                            "max-age= 600",
                            "max-age=600 no-store",
                            "max-age=\"6",
                            "max-age=1234567890123456",
                            "x=?2",
                            "x=(a",
                            "x=(a,b)",
                            "x=:a",
                            "x=\"\x7F\"",
                            "x=\xC3\xA9",
                            "max-age=600; no-store=",
                            "=5",
                            "x=1.",
                            "x=1.2345",
                            "x=(a\"b\")",
                            "\"max-age\"=5"})
    EXPECT_FALSE(read(value)) << value;
  EXPECT_FALSE(read_targeted_directives({}, "cdn-cache-control"));
}

}  // namespace
}  // namespace sidecache::http
