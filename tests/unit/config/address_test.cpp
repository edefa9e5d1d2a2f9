#include "config/address.hpp"

#include <gtest/gtest.h>

namespace sidecache::config {
namespace {

TEST(address_test, urls_of_a_control_plane) {
  const auto plain = parse_upstream_url("https://api.portkey.ai");
  ASSERT_TRUE(plain);
  EXPECT_TRUE(plain->tls);
  EXPECT_EQ(plain->host, "api.portkey.ai");
  EXPECT_EQ(plain->port, 443);
  EXPECT_EQ(plain->path, "");
  const auto full = parse_upstream_url("HTTP://Host_1:8080/api/v1//");
  ASSERT_TRUE(full);
  EXPECT_FALSE(full->tls);
  EXPECT_EQ(full->host, "host_1");
  EXPECT_EQ(full->port, 8080);
  EXPECT_EQ(full->path, "/api/v1");
  const auto v6 = parse_upstream_url("http://[::1]/");
  ASSERT_TRUE(v6);
  EXPECT_EQ(v6->host, "::1");
  EXPECT_EQ(v6->port, 80);
  EXPECT_TRUE(parse_upstream_url("http://10.0.0.1"));
  EXPECT_TRUE(parse_upstream_url("http://host.svc."));
}

TEST(address_test, a_url_may_have_a_weight) {
  EXPECT_EQ(parse_weighted_url("https://a.example")->weight, 0U);
  EXPECT_EQ(parse_weighted_url("https://a.example weight=3")->weight, 3U);
  EXPECT_EQ(parse_weighted_url("https://a.example/x  weight=1000")->url.path, "/x");
  EXPECT_EQ(parse_weighted_url(""), weighted_url{});
  for (const auto* text : {"https://a.example weight=0", "https://a.example weight=1001", "https://a.example weight=",
                           "https://a.example weight=1x", "https://a.example 3", "https://a.example weight=-1",
                           "https://a.example weight=1 weight=2", "weight=1", " weight=1", "a.example weight=1"})
    EXPECT_FALSE(parse_weighted_url(text)) << text;
}

TEST(address_test, no_urls_of_a_control_plane) {
  for (const auto* text : {"",
                           "host",
                           "ftp://host",
                           "https://",
                           "https:///path",
                           "https://user@host",
                           "https://user:pw@host",
                           "https://host?q",
                           "https://host/#f",
                           "https://host:0",
                           "https://host:",
                           "https://host:x",
                           "https://host:65536",
                           "https://[::1",
                           "https://[host]",
                           "https://ho st",
                           "https://host/a b",
                           "https://host\\x",
                           "https://-host",
                           "https://127.1",
                           "https://a..b",
                           "https://.a",
                           "https://h\xC3\xB6st",
                           "https://host/\xC3\xB6",
                           "https://0x7f.1"})
    EXPECT_FALSE(parse_upstream_url(text)) << text;
}

}  // namespace
}  // namespace sidecache::config
