#include "net/upstream_response.hpp"

#include <boost/asio/error.hpp>

#include "http/head_parser.hpp"

namespace sidecache::net {
namespace {

// What all heads of one answer may take together, interim ones included: an endless row of 1xx ends here.
constexpr std::size_t head_bytes = std::size_t{64} * 1024;

}  // namespace

proxy::failure upstream_response::protocol(std::string detail) const {
  return {proxy::failure_kind::protocol, true, std::move(detail)};
}

asio::awaitable<std::expected<http::response_head, proxy::failure>> upstream_response::head() {
  http::response_head head;
  std::size_t searched = 0;
  std::size_t spent = 0;
  while (true) {
    const auto size = http::find_head_end(connection_.unread(), searched);
    const std::size_t so_far = spent + (size ? *size : connection_.unread().size());
    if (so_far > head_bytes || (!size && so_far == head_bytes))
      co_return std::unexpected(protocol("a head of more than 64 KiB"));
    if (!size) {
      searched = connection_.unread().size();
      if (const auto error = co_await connection_.read()) co_return std::unexpected(connection_.failure(error));
      continue;
    }
    auto parsed = http::parse_response_head(connection_.unread().substr(0, *size), asked_, head);
    if (!parsed) co_return std::unexpected(protocol(std::move(parsed.error())));
    connection_.consume(*size);
    spent += *size;
    searched = 0;
    if (head.status == 101) co_return std::unexpected(protocol("101 (Switching Protocols) without being asked"));
    if (head.status >= 200) break;
  }
  // It was not passed on (RFC 9110 §15.5.8), and how to log in to the proxy is no client's business.
  if (head.status == 407 && connection_.is_read_by_proxy())
    co_return std::unexpected(proxy::failure{proxy::failure_kind::proxy, false, "the proxy answered 407"});
  decoder_ = http::body_decoder(head.body, head.content_length);
  persistent_ = persists(head);
  co_return head;
}

bool upstream_response::persists(const http::response_head& head) {
  return head.version == 11 && head.body != http::framing::until_close && !head.fields.lists("Connection", "close");
}

bool upstream_response::over() {
  if (!decoder_.done()) return false;
  connection_.consume(std::exchange(handed_out_, 0));
  return true;
}

std::expected<std::string_view, proxy::failure> upstream_response::at_hand() {
  connection_.consume(std::exchange(handed_out_, 0));
  if (decoder_.done() || connection_.unread().empty()) return {};
  auto step = decoder_.next(connection_.unread());
  if (!step) return std::unexpected(protocol(std::move(step.error())));
  if (step->piece.empty()) {
    connection_.consume(step->consumed);
  } else {
    handed_out_ = step->consumed;
  }
  return step->piece;
}

asio::awaitable<std::expected<std::string_view, proxy::failure>> upstream_response::next() {
  while (true) {
    auto piece = at_hand();
    if (!piece || !piece->empty() || decoder_.done()) co_return piece;
    const auto error = co_await connection_.read();
    if (error == asio::error::eof && decoder_.at_end_of_connection()) co_return std::string_view{};
    if (error) co_return std::unexpected(connection_.failure(error));
  }
}

bool upstream_response::reusable() const { return persistent_ && decoder_.done() && connection_.unread().empty(); }

}  // namespace sidecache::net
