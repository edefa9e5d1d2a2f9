// What a connection knows of its client: an address as its family writes it, or none.
#include <gtest/gtest.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/local/connect_pair.hpp>
#include <boost/asio/local/stream_protocol.hpp>

#include "net/connection.hpp"

namespace sidecache::net {
namespace {

using asio::ip::tcp;

/// The address that a server which listens there sees of a client that connects to `to`.
std::string seen(const tcp::endpoint& listen, const asio::ip::address& to) {
  asio::io_context context{1};
  deadline_sweep sweep{context};
  tcp::acceptor acceptor(context);
  acceptor.open(listen.protocol());
  if (listen.protocol() == tcp::v6()) acceptor.set_option(asio::ip::v6_only(false));
  acceptor.bind(listen);
  acceptor.listen();
  tcp::socket client(context);
  client.connect({to, acceptor.local_endpoint().port()});
  tcp::socket accepted = acceptor.accept();
  const connection server(connection::socket(std::move(accepted)), sweep);
  return server.peer_address();
}

TEST(peer_address, is_written_as_its_family_writes_it) {
  const auto v4 = asio::ip::make_address("127.0.0.1");
  EXPECT_EQ(seen({asio::ip::address_v4::loopback(), 0}, v4), "127.0.0.1");
  EXPECT_EQ(seen({asio::ip::address_v6::loopback(), 0}, asio::ip::address_v6::loopback()), "::1");
  EXPECT_EQ(seen({asio::ip::address_v6::any(), 0}, v4), "127.0.0.1") << "not ::ffff:127.0.0.1";
}

TEST(peer_address, of_a_unix_socket_there_is_none) {
  asio::io_context context{1};
  deadline_sweep sweep{context};
  asio::local::stream_protocol::socket near(context);
  asio::local::stream_protocol::socket far(context);
  asio::local::connect_pair(near, far);
  const connection server(connection::socket(std::move(near)), sweep);
  EXPECT_EQ(server.peer_address(), "");
}

}  // namespace
}  // namespace sidecache::net
