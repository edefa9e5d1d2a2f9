#include "http/http_date.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace sidecache::http {
namespace {

using namespace std::chrono_literals;
using std::chrono::sys_days;

constexpr wall_time at(int year, unsigned month, unsigned day, std::chrono::seconds of_day = 0s) {
  return wall_time{sys_days{std::chrono::year{year} / std::chrono::month{month} / std::chrono::day{day}}} + of_day;
}
constexpr wall_time now = at(2026, 11, 21, 12h);
constexpr wall_time example = at(1994, 11, 6, 8h + 49min + 37s);

TEST(http_date, all_three_forms_name_the_same_second) {
  EXPECT_EQ(parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT", now), example);
  EXPECT_EQ(parse_http_date("Sunday, 06-Nov-94 08:49:37 GMT", now), example);
  EXPECT_EQ(parse_http_date("Sun Nov  6 08:49:37 1994", now), example);
  EXPECT_EQ(parse_http_date("Wed Nov 16 00:00:00 1994", now), at(1994, 11, 16));
}

TEST(http_date, names_match_without_case_and_utc_is_gmt) {
  EXPECT_EQ(parse_http_date("sun, 06 NOV 1994 08:49:37 gmt", now), example);
  EXPECT_EQ(parse_http_date("SUNDAY, 06-nov-94 08:49:37 UTC", now), example);
  EXPECT_EQ(parse_http_date("Sun, 06 Nov 1994 08:49:37 utc", now), example);
}

TEST(http_date, two_digit_years_are_at_most_50_years_ahead) {
  EXPECT_EQ(parse_http_date("Thursday, 01-Jan-70 00:00:00 GMT", now), std::nullopt) << "2070 begins on a Wednesday";
  EXPECT_EQ(parse_http_date("Wednesday, 01-Jan-70 00:00:00 GMT", now), at(2070, 1, 1));
  EXPECT_EQ(parse_http_date("Saturday, 21-Nov-76 12:00:00 GMT", now), at(2076, 11, 21, 12h))
      << "50 years to the second";
  EXPECT_EQ(parse_http_date("Sunday, 21-Nov-76 12:00:01 GMT", now), at(1976, 11, 21, 12h + 1s));
  EXPECT_EQ(parse_http_date("Monday, 22-Nov-76 00:00:00 GMT", now), at(1976, 11, 22));
  EXPECT_EQ(parse_http_date("Saturday, 01-Jan-77 00:00:00 GMT", now), at(1977, 1, 1));
  EXPECT_EQ(parse_http_date("Friday, 31-Dec-99 23:59:59 GMT", now), at(1999, 12, 31, 24h - 1s));
  EXPECT_EQ(parse_http_date("Saturday, 01-Jan-00 00:00:00 GMT", now), at(2000, 1, 1));
}

TEST(http_date, two_digit_years_near_the_turn_of_a_century) {
  const auto late = at(2090, 6, 1);
  EXPECT_EQ(parse_http_date("Saturday, 01-Jan-01 00:00:00 GMT", late), at(2101, 1, 1));
  EXPECT_EQ(parse_http_date("Wednesday, 01-Jan-41 00:00:00 GMT", late), std::nullopt) << "2041 begins on a Tuesday";
  EXPECT_EQ(parse_http_date("Tuesday, 01-Jan-41 00:00:00 GMT", late), at(2041, 1, 1));
}

TEST(http_date, days_that_do_not_exist_are_no_dates) {
  EXPECT_EQ(parse_http_date("Thu, 29 Feb 2024 00:00:00 GMT", now), at(2024, 2, 29));
  for (const auto* text :
       {"Wed, 29 Feb 2023 00:00:00 GMT", "Thu, 31 Nov 1994 00:00:00 GMT", "Wed, 00 Nov 1994 00:00:00 GMT",
        "Fri, 32 Dec 1994 00:00:00 GMT", "Mon, 06 Nov 1994 08:49:37 GMT"})
    EXPECT_EQ(parse_http_date(text, now), std::nullopt) << text;
}

TEST(http_date, hours_minutes_and_the_leap_second) {
  EXPECT_EQ(parse_http_date("Sat, 31 Dec 2016 23:59:60 GMT", now), at(2017, 1, 1));
  for (const auto* text : {"Sun, 06 Nov 1994 24:00:00 GMT", "Sun, 06 Nov 1994 08:60:00 GMT",
                           "Sun, 06 Nov 1994 08:49:60 GMT", "Sun, 06 Nov 1994 23:59:61 GMT"})
    EXPECT_EQ(parse_http_date(text, now), std::nullopt) << text;
}

TEST(http_date, nonsense_is_no_date) {
  for (const auto* text : {"",
                           "0",
                           "-1",
                           "now",
                           "Sun, 06 Nov 1994 08:49:37",
                           "Sun, 06 Nov 1994 08:49:37 ",
                           " Sun, 06 Nov 1994 08:49:37 GMT",
                           "Sun, 06 Nov 1994 08:49:37 GMT;",
                           "Sun, 06 Nov 1994 08:49:37 EST",
                           "Sun, 06 Nov 1994 08:49:37 +0000",
                           "Sun, 06 Nov 94 08:49:37 GMT",
                           "Sun, 6 Nov 1994 08:49:37 GMT",
                           "Sun,06 Nov 1994 08:49:37 GMT",
                           "Sun, 06  Nov 1994 08:49:37 GMT",
                           "Sun, 06 Nov 1994 8:49:37 GMT",
                           "Sun, 06 Nov 1994 08:49 GMT",
                           "Sun, 06 November 1994 08:49:37 GMT",
                           "Sun, 06-Nov-1994 08:49:37 GMT",
                           "Sun, 06-Nov-94 08:49:37 GMT",
                           "Sunday, 06 Nov 1994 08:49:37 GMT",
                           "Son, 06 Nov 1994 08:49:37 GMT",
                           "Sun, 06 Okt 1994 08:49:37 GMT",
                           "Sun Nov 6 08:49:37 1994",
                           "Sun Nov  6 08:49:37 1994 GMT",
                           "Sun, 06 Nov 19940 08:49:37 GMT",
                           "Sun, +6 Nov 1994 08:49:37 GMT",
                           "1994-11-06T08:49:37Z",
                           "784111777"})
    EXPECT_EQ(parse_http_date(text, now), std::nullopt) << text;
  EXPECT_EQ(parse_http_date(std::string(100'000, 'S'), now), std::nullopt);
}

TEST(http_date, is_written_in_the_preferred_form) {
  EXPECT_EQ(format_http_date(example), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(format_http_date(example + 999ms), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(format_http_date(at(1969, 12, 31, 24h) - 1us), "Wed, 31 Dec 1969 23:59:59 GMT");
  EXPECT_EQ(format_http_date(at(12000, 1, 1)), "Fri, 31 Dec 9999 23:59:59 GMT");
  EXPECT_EQ(format_http_date(at(-5, 1, 1)), "Sat, 01 Jan 0000 00:00:00 GMT");
}

TEST(http_date, what_is_written_is_read_back) {
  for (auto t = at(1999, 12, 25); t < at(2001, 3, 5); t += 7h + 13min + 11s)
    EXPECT_EQ(parse_http_date(format_http_date(t), now), t);
}

}  // namespace
}  // namespace sidecache::http
