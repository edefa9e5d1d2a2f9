// What may stand in `listen:`, what a mistake is told, and which addresses exclude each other.
#include "base/listen_address.hpp"

#include <gtest/gtest.h>

namespace sidecache {
namespace {

TEST(listen_address_test, every_form_is_understood_and_written_back) {
  for (const auto* text : {"127.0.0.1:9400", "0.0.0.0:0", "[::1]:9400", "[::]:1", ":9400", "unix:/run/sidecache/s"}) {
    const auto address = parse_listen_address(text);
    ASSERT_TRUE(address.has_value()) << text << address.error();
    EXPECT_EQ(to_string(*address), text);
    EXPECT_EQ(address->text, text);
    EXPECT_FALSE(address->tls);
  }
  EXPECT_EQ(to_string(parse_listen_address("[::0001]:80").value()), "[::1]:80");
}

TEST(listen_address_test, the_scheme_says_whether_tls_is_spoken) {
  const auto tls = parse_listen_address("HTTPS://[::1]:9443").value();
  EXPECT_TRUE(tls.tls);
  EXPECT_EQ(tls.host, "::1");
  EXPECT_EQ(tls.port, 9443);
  EXPECT_EQ(url_of(tls), "https://[::1]:9443");
  EXPECT_TRUE(parse_listen_address("https://:9443").value().tls);
  EXPECT_FALSE(parse_listen_address("http://127.0.0.1:0").value().tls);
  EXPECT_EQ(url_of(parse_listen_address("127.0.0.1:1").value()), "http://127.0.0.1:1");
  EXPECT_EQ(url_of(parse_listen_address("unix:/s").value()), "unix:/s");
}

TEST(listen_address_test, what_it_can_not_be) {
  for (const auto* text : {"",
                           "9400",
                           "127.0.0.1",
                           "127.0.0.1:",
                           "127.0.0.1:65536",
                           "127.0.0.1:-1",
                           "127.0.0.1:9 ",
                           "127.0.0.1:80x",
                           "127.1:9400",
                           "localhost:9400",
                           "example.org:80",
                           "::1:9400",
                           "[::1]",
                           "[::1]9400",
                           "[127.0.0.1]:9400",
                           "[::1:9400",
                           "[]:9400",
                           "tcp://127.0.0.1:9400",
                           "*:9400",
                           "127.0.0.1:9400/x",
                           "https://127.0.0.1:9400/",
                           "https://127.0.0.1",
                           "https://unix:/s",
                           "https://https://127.0.0.1:1"}) {
    const auto address = parse_listen_address(text);
    ASSERT_FALSE(address.has_value()) << text;
    EXPECT_EQ(address.error(), listen_address_form) << text;
  }
  for (const auto* text : {"unix:", "unix:relative"}) EXPECT_FALSE(parse_listen_address(text)) << text;
}

TEST(listen_address_test, a_socket_path_fits_the_kernels_structure) {
  const std::string longest = "/" + std::string(longest_unix_path - 1, 'x');
  EXPECT_TRUE(parse_listen_address("unix:" + longest));
  EXPECT_FALSE(parse_listen_address("unix:" + longest + "x"));
}

TEST(listen_address_test, all_interfaces) {
  for (const auto* text : {":1", "0.0.0.0:1", "[::]:1"})
    EXPECT_TRUE(parse_listen_address(text).value().is_any_host()) << text;
  for (const auto* text : {"127.0.0.1:1", "[::1]:1", "unix:/s"})
    EXPECT_FALSE(parse_listen_address(text).value().is_any_host()) << text;
}

TEST(listen_address_test, loopback_is_what_no_other_machine_reaches) {
  for (const auto* text : {"127.0.0.1:1", "127.255.0.9:1", "[::1]:1", "https://127.0.0.1:1", "unix:/s"})
    EXPECT_TRUE(parse_listen_address(text).value().is_loopback()) << text;
  for (const auto* text : {":1", "0.0.0.0:1", "[::]:1", "128.0.0.1:1", "10.127.0.1:1", "[::2]:1", "[1::1]:1"})
    EXPECT_FALSE(parse_listen_address(text).value().is_loopback()) << text;
}

TEST(listen_address_test, one_place_however_it_is_written) {
  const auto same = [](std::string_view a, std::string_view b) {
    return same_place(parse_listen_address(a).value(), parse_listen_address(b).value());
  };
  EXPECT_TRUE(same("127.0.0.1:1", "http://127.0.0.1:1"));
  EXPECT_TRUE(same("[::1]:1", "[::0001]:1"));
  EXPECT_TRUE(same(":1", "[::]:1"));
  EXPECT_TRUE(same("127.0.0.1:0", "127.0.0.1:0"));
  EXPECT_TRUE(same("unix:/a", "unix:/a"));
  EXPECT_FALSE(same("127.0.0.1:1", "https://127.0.0.1:1")) << "spoken to in another way";
  EXPECT_FALSE(same("127.0.0.1:1", "0.0.0.0:1"));
  EXPECT_FALSE(same("127.0.0.1:1", "127.0.0.1:2"));
  EXPECT_FALSE(same("unix:/a", "unix:/b"));
  EXPECT_FALSE(same("unix:/a", "127.0.0.1:1"));
}

TEST(listen_address_test, collisions) {
  const auto collides = [](std::string_view a, std::string_view b) {
    return collide(parse_listen_address(a).value(), parse_listen_address(b).value());
  };
  EXPECT_TRUE(collides("127.0.0.1:1", "127.0.0.1:1"));
  EXPECT_TRUE(collides("127.0.0.1:1", "https://127.0.0.1:1"));
  EXPECT_TRUE(collides("0.0.0.0:1", "127.0.0.1:1"));
  EXPECT_TRUE(collides("[::1]:1", "[::0001]:1"));
  EXPECT_TRUE(collides("[::1]:1", "[::]:1"));
  EXPECT_TRUE(collides(":1", "127.0.0.1:1"));
  EXPECT_TRUE(collides("[::]:1", "0.0.0.0:1"));
  EXPECT_TRUE(collides("unix:/a", "unix:/a"));
  EXPECT_FALSE(collides("127.0.0.1:1", "127.0.0.1:2"));
  EXPECT_FALSE(collides("127.0.0.1:0", "127.0.0.1:0"));
  EXPECT_FALSE(collides("127.0.0.1:1", "127.0.0.2:1"));
  EXPECT_FALSE(collides("127.0.0.1:1", "[::1]:1"));
  EXPECT_FALSE(collides("0.0.0.0:1", "[::1]:1"));
  EXPECT_FALSE(collides("unix:/a", "unix:/b"));
  EXPECT_FALSE(collides("unix:/a", "127.0.0.1:1"));
}

}  // namespace
}  // namespace sidecache
