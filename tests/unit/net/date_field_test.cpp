#include "net/date_field.hpp"

#include <gtest/gtest.h>

namespace sidecache::net {
namespace {

TEST(date_field_test, is_an_imf_fixdate_that_follows_the_second) {
  date_field date;
  EXPECT_EQ(date.line(784111777), "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n");
  EXPECT_EQ(date.line(784111777), "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n");
  EXPECT_EQ(date.line(1709164800), "Date: Thu, 29 Feb 2024 00:00:00 GMT\r\n");
}

}  // namespace
}  // namespace sidecache::net
