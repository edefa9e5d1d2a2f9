// Deadlines as control planes write them, and what must not pass for one.
#include "records/date_time.hpp"

#include <gtest/gtest.h>

#include <string>

namespace sidecache::records {
namespace {

constexpr wall_time at(std::int64_t seconds, std::int64_t micros = 0) {
  return wall_time{std::chrono::seconds{seconds} + std::chrono::microseconds{micros}};
}

TEST(date_time, in_every_form_that_control_planes_send) {
  const wall_time expected = at(1699335116);  // date -u -d 2023-11-07T05:31:56Z +%s
  for (const char* text :
       {"2023-11-07T05:31:56Z", "2023-11-07t05:31:56z", "2023-11-07 05:31:56Z", "2023-11-07T05:31:56.000Z",
        "2023-11-07T05:31:56+00:00", "2023-11-07T05:31:56-00:00", "2023-11-07T11:01:56+05:30",
        "2023-11-06T21:31:56-0800", "2023-11-07 05:31:56+00", "2023-11-07 05:31:56 +00:00", "2023-11-07 05:31:56 UTC",
        "Tue Nov 07 2023 05:31:56 GMT+0000 (Coordinated Universal Time)", "Tue Nov 07 2023 05:31:56 GMT+0000",
        "Tue Nov 07 2023 06:31:56 GMT+0100 (Central European Standard Time)"}) {
    EXPECT_EQ(parse_date_time(text), expected) << text;
  }
}

TEST(date_time, fractions_are_cut_to_microseconds) {
  EXPECT_EQ(parse_date_time("2023-11-07T05:31:56.1Z"), at(1699335116, 100000));
  EXPECT_EQ(parse_date_time("2023-11-07T05:31:56.123456Z"), at(1699335116, 123456));
  EXPECT_EQ(parse_date_time("2023-11-07T05:31:56.1234569999999999999999Z"), at(1699335116, 123456));
}

TEST(date_time, calendars_have_edges) {
  EXPECT_EQ(parse_date_time("1970-01-01T00:00:00Z"), at(0));
  EXPECT_EQ(parse_date_time("1969-12-31T23:59:59Z"), at(-1));
  EXPECT_EQ(parse_date_time("2024-02-29T00:00:00Z"), at(1709164800));
  EXPECT_EQ(parse_date_time("2000-02-29T00:00:00Z"), at(951782400));
  EXPECT_EQ(parse_date_time("9999-12-31T23:59:59.999999Z"), at(253402300799, 999999));
  EXPECT_EQ(parse_date_time("2016-12-31T23:59:60Z"), parse_date_time("2017-01-01T00:00:00Z")) << "a leap second";
  EXPECT_EQ(parse_date_time("2023-12-31T23:30:00-01:00"), parse_date_time("2024-01-01T00:30:00Z"));
}

TEST(date_time, nonsense_is_refused) {
  for (const char* text : {"",
                           "soon",
                           "0",
                           "1699335116",
                           "2023-11-07",
                           "2023-11-07T05:31:56",
                           "2023-11-07T05:31Z",
                           "2023-13-01T00:00:00Z",
                           "2023-00-01T00:00:00Z",
                           "2023-02-29T00:00:00Z",
                           "1900-02-29T00:00:00Z",
                           "2023-11-31T00:00:00Z",
                           "2023-11-00T00:00:00Z",
                           "2023-11-07T24:00:00Z",
                           "2023-11-07T05:60:00Z",
                           "2023-11-07T05:31:61Z",
                           "2023-11-07T05:31:56.Z",
                           "2023-11-07T05:31:56,5Z",
                           "2023-11-07T05:31:56+24:00",
                           "2023-11-07T05:31:56+05:60",
                           "2023-11-07T05:31:56+5",
                           "2023-11-07T05:31:56+05:3",
                           "2023-11-07T05:31:56ZZ",
                           "2023-11-07T05:31:56Z ",
                           " 2023-11-07T05:31:56Z",
                           "2023-11-07T05:31:56 ",
                           "2023-11-07X05:31:56Z",
                           "20231107T053156Z",
                           "23-11-07T05:31:56Z",
                           "12023-11-07T05:31:56Z",
                           "+2023-11-07T05:31:56Z",
                           "2023/11/07T05:31:56Z",
                           "Tue Nov 31 2023 05:31:56 GMT+0000",
                           "Xyz Nov 07 2023 05:31:56 GMT+0000",
                           "Tue Nov 07 2023 05:31:56",
                           "Tue Nov 07 2023",
                           "Invalid Date"}) {
    EXPECT_FALSE(parse_date_time(text)) << text;
  }
  EXPECT_FALSE(parse_date_time(std::string("2023-11-07T05:31:56\0Z", 21)));
  EXPECT_FALSE(parse_date_time(std::string(1 << 20, '9')));
}

TEST(date_time, cut_off_anywhere_it_is_none) {
  constexpr std::string_view whole = "2023-11-07T05:31:56.5Z";
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_FALSE(parse_date_time(whole.substr(0, size))) << whole.substr(0, size);
  }
}

}  // namespace
}  // namespace sidecache::records
