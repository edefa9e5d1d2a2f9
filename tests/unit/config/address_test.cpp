#include "config/address.hpp"

#include <gtest/gtest.h>

namespace sidecache::config {
namespace {

TEST(address_test, what_can_be_listened_on) {
  const auto v4 = parse_listen_address("0.0.0.0:80");
  ASSERT_TRUE(v4);
  EXPECT_EQ(v4->host, "0.0.0.0");
  EXPECT_EQ(v4->port, 80);
  EXPECT_FALSE(v4->is_unix());
  const auto v6 = parse_listen_address("[::1]:0");
  ASSERT_TRUE(v6);
  EXPECT_EQ(v6->host, "::1");
  const auto socket = parse_listen_address("unix:/run/sidecache.sock");
  ASSERT_TRUE(socket);
  EXPECT_TRUE(socket->is_unix());
  EXPECT_EQ(socket->path, "/run/sidecache.sock");
}

TEST(address_test, what_can_not) {
  for (const auto* text : {"",
                           ":9400",
                           "9400",
                           "127.0.0.1",
                           "127.0.0.1:",
                           "127.0.0.1:65536",
                           "127.0.0.1:-1",
                           "127.0.0.1:9 ",
                           "127.1:9400",
                           "localhost:9400",
                           "::1:9400",
                           "[::1]",
                           "[::1]9400",
                           "[127.0.0.1]:9400",
                           "[::1:9400",
                           "unix:",
                           "unix:relative",
                           "tcp://127.0.0.1:9400",
                           "*:9400",
                           "127.0.0.1:9400/x"})
    EXPECT_FALSE(parse_listen_address(text)) << text;
}

TEST(address_test, a_socket_path_fits_the_kernels_structure) {
  const std::string longest = "/" + std::string(longest_unix_path - 1, 'x');
  EXPECT_TRUE(parse_listen_address("unix:" + longest));
  EXPECT_FALSE(parse_listen_address("unix:" + longest + "x"));
}

TEST(address_test, collisions) {
  const auto collides = [](std::string_view a, std::string_view b) {
    return collide(parse_listen_address(a).value(), parse_listen_address(b).value());
  };
  EXPECT_TRUE(collides("127.0.0.1:1", "127.0.0.1:1"));
  EXPECT_TRUE(collides("0.0.0.0:1", "127.0.0.1:1"));
  EXPECT_TRUE(collides("[::1]:1", "[::0001]:1"));
  EXPECT_TRUE(collides("[::1]:1", "[::]:1"));
  EXPECT_TRUE(collides("unix:/a", "unix:/a"));
  EXPECT_FALSE(collides("127.0.0.1:1", "127.0.0.1:2"));
  EXPECT_FALSE(collides("127.0.0.1:0", "127.0.0.1:0"));
  EXPECT_FALSE(collides("127.0.0.1:1", "127.0.0.2:1"));
  EXPECT_FALSE(collides("127.0.0.1:1", "[::1]:1"));
  EXPECT_FALSE(collides("unix:/a", "unix:/b"));
  EXPECT_FALSE(collides("unix:/a", "127.0.0.1:1"));
}

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
