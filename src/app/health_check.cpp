#include "app/health_check.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <iostream>

#include "app/from_config.hpp"

namespace sidecache::app {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace ssl = boost::asio::ssl;
using stream = beast::basic_stream<asio::generic::stream_protocol, asio::io_context::executor_type>;

/// A listener on all interfaces is asked on loopback.
asio::generic::stream_protocol::endpoint endpoint_of(const listen_address& at) {
  if (at.is_unix()) return asio::local::stream_protocol::endpoint(at.path);
  auto host = at.host.empty() ? asio::ip::address(asio::ip::address_v4::any()) : asio::ip::make_address(at.host);
  if (host.is_unspecified())
    host = host.is_v6() ? asio::ip::address(asio::ip::address_v6::loopback()) : asio::ip::address_v4::loopback();
  return asio::ip::tcp::endpoint(host, at.port);
}

exit_code unhealthy(const std::string& why) {
  std::cerr << "sidecache: not healthy: " << why << "\n";
  return exit_unhealthy;
}

struct exchange {
  exchange() {
    question.set(beast::http::field::host, "localhost");
    question.set(beast::http::field::connection, "close");
  }
  beast::http::request<beast::http::empty_body> question{beast::http::verb::get, "/readyz", 11};
  beast::flat_buffer buffer;
  beast::http::response<beast::http::string_body> answer;
  beast::error_code failed = asio::error::timed_out;  // until an operation says how it ended
};

/// Asks, and reads the answer. `failed` is told how it ended.
template <class Stream>
void ask(Stream& over, exchange& with) {
  beast::http::async_write(over, with.question, [&](beast::error_code not_written, std::size_t) {
    if (not_written) return void(with.failed = not_written);
    beast::http::async_read(over, with.buffer, with.answer,
                            [&](beast::error_code not_read, std::size_t) { with.failed = not_read; });
  });
}

/// Whose certificate it is does not matter: it is this machine's own listener, and is asked for nothing secret. Where
/// clients need one, sidecache shows its own; if the authority for clients did not sign that too, it is refused.
ssl::context own_tls(const config::tls_settings& from) {
  ssl::context made(ssl::context::tls_client);
  made.set_verify_mode(ssl::verify_none);
  if (from.client_ca_file.empty()) return made;
  boost::system::error_code unusable;  // then the server says what it misses
  made.use_certificate_chain_file(from.certificate_file, unusable);
  const auto& key = from.key_file.empty() ? from.certificate_file : from.key_file;
  if (!unusable) made.use_private_key_file(key, ssl::context::pem, unusable);
  return made;
}

}  // namespace

exit_code check_health(const config::settings& settings, duration timeout) {
  const listen_address& at = settings.metrics.listen;
  asio::io_context context(1);
  exchange with;
  ssl::context tls = own_tls(settings.tls);
  ssl::stream<stream> connection(context, tls);
  stream& below = connection.next_layer();

  below.expires_after(std::chrono::duration_cast<std::chrono::steady_clock::duration>(timeout));
  below.async_connect(endpoint_of(at), [&](beast::error_code not_connected) {
    if (not_connected) return void(with.failed = not_connected);
    if (!at.tls) return ask(below, with);
    connection.async_handshake(ssl::stream_base::client, [&](beast::error_code not_shaken) {
      if (not_shaken) return void(with.failed = not_shaken);
      ask(connection, with);
    });
  });
  context.run();
  if (with.failed) return unhealthy(to_string(at) + ": " + with.failed.message());
  if (with.answer.result_int() != 200) return unhealthy("/readyz answered " + std::to_string(with.answer.result_int()));
  return exit_ok;
}

}  // namespace sidecache::app
