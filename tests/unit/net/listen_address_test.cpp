// What may stand in `listen:`, and what a mistake is told.
#include "net/listen_address.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "net/date_field.hpp"

namespace sidecache::net {
namespace {

TEST(listen_address_test, every_form_is_understood_and_written_back) {
  for (const auto* text : {"127.0.0.1:9400", "0.0.0.0:0", "[::1]:9400", "[::]:1", ":9400", "unix:/run/sidecache/s"}) {
    const auto address = parse_listen_address(text);
    ASSERT_TRUE(address.has_value()) << text << address.error();
    EXPECT_EQ(to_string(*address), text);
  }
  EXPECT_EQ(to_string(parse_listen_address("localhost:80").value()), "127.0.0.1:80");
  EXPECT_EQ(to_string(parse_listen_address("*:80").value()), ":80");
}

TEST(listen_address_test, mistakes_are_told_what_was_expected) {
  for (const auto* text : {"", "9400", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1", "127.0.0.1:80x",
                           "example.org:80", "::1:80", "[127.0.0.1]:80", "unix:", "unix:relative", "tcp://1.2.3.4:5"}) {
    const auto address = parse_listen_address(text);
    ASSERT_FALSE(address.has_value()) << text;
    EXPECT_THAT(address.error(), testing::HasSubstr("expected HOST:PORT"));
  }
  EXPECT_FALSE(parse_listen_address("unix:/" + std::string(107, 'x')).has_value());
  EXPECT_TRUE(parse_listen_address("unix:/" + std::string(106, 'x')).has_value());
}

TEST(date_field_test, is_an_imf_fixdate_that_follows_the_second) {
  date_field date;
  EXPECT_EQ(date.line(784111777), "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n");
  EXPECT_EQ(date.line(784111777), "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n");
  EXPECT_EQ(date.line(1709164800), "Date: Thu, 29 Feb 2024 00:00:00 GMT\r\n");
}

}  // namespace
}  // namespace sidecache::net
