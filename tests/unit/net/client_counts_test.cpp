// One address, one count: IPv4 in both of its forms, nothing for Unix sockets, nothing left when all have gone.
#include "net/client_counts.hpp"

#include <gtest/gtest.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <vector>

namespace sidecache::net {
namespace {

namespace asio = boost::asio;
using endpoint = asio::generic::stream_protocol::endpoint;

endpoint from(const char* address, std::uint16_t port = 1) {
  return asio::ip::tcp::endpoint(asio::ip::make_address(address), port);
}

TEST(client_counts, an_address_has_so_many_and_no_more_whatever_its_ports) {
  client_counts counts(2, 100);
  auto first = counts.try_take(from("10.0.0.1", 1));
  const auto second = counts.try_take(from("10.0.0.1", 2));
  EXPECT_TRUE(first && second);
  EXPECT_FALSE(counts.try_take(from("10.0.0.1", 3)));
  EXPECT_TRUE(counts.try_take(from("10.0.0.2"))) << "another one is not concerned";
  EXPECT_EQ(counts.refused(), 1u);
  first.reset();
  EXPECT_TRUE(counts.try_take(from("10.0.0.1", 4)));
}

TEST(client_counts, an_ipv4_address_in_ipv6_is_the_same_client) {
  client_counts counts(1, 100);
  const auto plain = counts.try_take(from("192.0.2.7"));
  EXPECT_TRUE(plain);
  EXPECT_FALSE(counts.try_take(from("::ffff:192.0.2.7")));
  EXPECT_TRUE(counts.try_take(from("::192.0.2.7"))) << "which is no mapped address";
}

TEST(client_counts, ipv6_addresses_are_told_apart_by_all_their_bits) {
  client_counts counts(1, 100);
  const auto one = counts.try_take(from("2001:db8::1"));
  const auto other = counts.try_take(from("2001:db8::2"));
  EXPECT_TRUE(one && other);
  EXPECT_FALSE(counts.try_take(from("2001:db8::1")));
}

TEST(client_counts, a_unix_socket_is_nobodys) {
  client_counts counts(1, 100);
  const endpoint local = asio::local::stream_protocol::endpoint("/somewhere");
  const auto one = counts.try_take(local);
  const auto other = counts.try_take(local);
  EXPECT_TRUE(one && other);
  EXPECT_EQ(counts.clients(), 0u);
}

TEST(client_counts, who_has_left_costs_nothing) {
  client_counts counts(5, 1000);
  {
    std::vector<std::optional<client_counts::place>> all;
    for (int i = 0; i < 200; ++i) all.push_back(counts.try_take(from(("10.1.1." + std::to_string(i)).c_str())));
    EXPECT_EQ(counts.clients(), 200u);
  }
  EXPECT_EQ(counts.clients(), 0u);
}

TEST(client_counts, a_limit_that_can_not_be_reached_is_not_counted) {
  client_counts counts(100, 100);
  const auto one = counts.try_take(from("10.0.0.1"));
  EXPECT_TRUE(one);
  EXPECT_EQ(counts.clients(), 0u);
}

}  // namespace
}  // namespace sidecache::net
