#include "app/health_check.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <iostream>

#include "app/from_config.hpp"

namespace sidecache::app {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
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

}  // namespace

exit_code check_health(const config::settings& settings, duration timeout) {
  const listen_address& at = settings.metrics.listen;
  asio::io_context context(1);
  stream connection(context.get_executor());
  beast::http::request<beast::http::empty_body> question{beast::http::verb::get, "/readyz", 11};
  question.set(beast::http::field::host, "localhost");
  question.set(beast::http::field::connection, "close");
  beast::flat_buffer buffer;
  beast::http::response<beast::http::string_body> answer;
  beast::error_code failed = asio::error::timed_out;  // until an operation says how it ended

  connection.expires_after(std::chrono::duration_cast<std::chrono::steady_clock::duration>(timeout));
  connection.async_connect(endpoint_of(at), [&](beast::error_code not_connected) {
    if (not_connected) return void(failed = not_connected);
    beast::http::async_write(connection, question, [&](beast::error_code not_written, std::size_t) {
      if (not_written) return void(failed = not_written);
      beast::http::async_read(connection, buffer, answer,
                              [&](beast::error_code not_read, std::size_t) { failed = not_read; });
    });
  });
  context.run();
  if (failed) return unhealthy(to_string(at) + ": " + failed.message());
  if (answer.result_int() != 200) return unhealthy("/readyz answered " + std::to_string(answer.result_int()));
  return exit_ok;
}

}  // namespace sidecache::app
