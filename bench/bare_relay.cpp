// The floor that misses and pass-throughs are measured against: bare_relay PORT
//
// What a proxy of coroutines on Asio can't cost less than: it passes bytes between a client and the server at that port
// and does nothing else. No pool (each client has an upstream connection of its own), no parser (the blank line and
// Content-Length are looked for, to know when whose turn it is), no time limits, no metrics. It prints where it listens
// and runs until it is ended by a signal.
#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
// With its executor's type known, which is the quickest that a coroutine on Asio comes.
using executor = asio::io_context::executor_type;
constexpr asio::use_awaitable_t<executor> token;
using socket_type = asio::basic_stream_socket<tcp, executor>;
using acceptor_type = asio::basic_socket_acceptor<tcp, executor>;
template <class Result>
using task = asio::awaitable<Result, executor>;
using buffer = std::array<char, 16384>;

struct message {
  std::size_t size = 0;
  std::size_t whole = 0;  ///< bytes that head and body come to; 0: not known yet
};

/// Looks at what has come of a head, once it is all there.
void look(std::string_view text, message& of) {
  const auto end = text.find("\r\n\r\n");
  if (end == std::string_view::npos) return;
  of.whole = end + 4;
  constexpr std::string_view name = "\r\nContent-Length: ";
  const auto at = text.substr(0, end).find(name);
  if (at == std::string_view::npos) return;
  std::size_t body = 0;
  std::from_chars(text.data() + at + name.size(), text.data() + end, body);
  of.whole += body;
}

/// One message, which must fit into `through`.
task<std::size_t> pass_on(socket_type& from, socket_type& to, buffer& through) {
  message one;
  do {
    one.size +=
        co_await from.async_read_some(asio::buffer(through.data() + one.size, through.size() - one.size), token);
    if (one.whole == 0) look({through.data(), one.size}, one);
  } while (one.whole == 0 || one.size < one.whole);
  co_await asio::async_write(to, asio::buffer(through.data(), one.size), token);
  co_return one.size;
}

task<void> serve(socket_type client, tcp::endpoint server) {
  try {
    socket_type upstream(client.get_executor());
    co_await upstream.async_connect(server, token);
    client.set_option(tcp::no_delay(true));
    upstream.set_option(tcp::no_delay(true));
    buffer through;
    for (;;) {
      co_await pass_on(client, upstream, through);
      co_await pass_on(upstream, client, through);
    }
  } catch (const boost::system::system_error&) {  // one of them has left
  }
}

task<void> accept_all(acceptor_type& listening, tcp::endpoint server) {
  for (;;) {
    socket_type client(listening.get_executor());
    co_await listening.async_accept(client, token);
    asio::co_spawn(client.get_executor(), serve(std::move(client), server), asio::detached);
  }
}

}  // namespace

int main(int count, char** arguments) {
  const int port = count == 2 ? std::atoi(arguments[1]) : 0;
  if (port < 1 || port > 65535) {
    std::fputs("usage: bare_relay PORT\n", stderr);
    return 64;
  }
  asio::io_context context(1);
  acceptor_type listening(context, {asio::ip::address_v4::loopback(), 0});
  std::printf("listening: relay http://127.0.0.1:%u\n", listening.local_endpoint().port());
  std::fflush(stdout);
  const tcp::endpoint server(asio::ip::address_v4::loopback(), static_cast<std::uint16_t>(port));
  asio::co_spawn(context.get_executor(), accept_all(listening, server), asio::detached);
  context.run();
}
