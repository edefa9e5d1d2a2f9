#include "app/own_listener.hpp"

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

struct exchange {
  explicit exchange(const own_question& what) : question(beast::http::string_to_verb(what.method), what.target, 11) {
    question.set(beast::http::field::host, "localhost");
    question.set(beast::http::field::connection, "close");
    if (!what.token.empty()) question.set(beast::http::field::authorization, "Bearer " + what.token);
    if (what.json.empty()) return;
    question.set(beast::http::field::content_type, "application/json");
    question.body() = what.json;
    question.prepare_payload();
  }
  beast::http::request<beast::http::string_body> question;
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

/// Whose certificate it is does not matter: it is this machine's own listener. Where
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

std::expected<own_answer, std::string> ask_own_listener(const listen_address& at, const config::tls_settings& tls,
                                                        const own_question& what, duration timeout) {
  asio::io_context context(1);
  exchange with(what);
  ssl::context secured = own_tls(tls);
  ssl::stream<stream> connection(context, secured);
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
  if (with.failed) return std::unexpected(to_string(at) + ": " + with.failed.message());
  return own_answer{with.answer.result_int(), std::move(with.answer.body())};
}

}  // namespace sidecache::app
