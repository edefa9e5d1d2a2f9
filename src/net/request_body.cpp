#include "net/request_body.hpp"

#include <boost/asio/error.hpp>

namespace sidecache::net {
namespace {

/// Enough for throughput; more would only be memory.
constexpr std::size_t worth_buffering = std::size_t{32} * 1024;
constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";

std::size_t most_buffered(const session_limits& limits) { return std::min(worth_buffering, limits.buffered_bytes); }

}  // namespace

void request_body::begin(const http::request_head& head) {
  if (!decoder_.done() || head.body != http::framing::none) decoder_ = {head.body, head.content_length};
  announced_ = head.body == http::framing::length ? head.content_length : 0;
  unconsumed_ = 0;
  expected_ = head.expect_continue && !decoder_.done();
  broke_off_ = false;
  fault_.clear();
  patience_.begin_reading();
}

asio::awaitable<std::expected<std::string_view, boost::system::error_code>> request_body::next() {
  client_.consume(std::exchange(unconsumed_, 0));
  if (!fault_.empty()) co_return std::unexpected(make_error_code(boost::system::errc::bad_message));
  while (!decoder_.done()) {
    const auto step = decoder_.next(client_.input());
    if (!step) {
      fault_ = step.error();
      co_return std::unexpected(make_error_code(boost::system::errc::bad_message));
    }
    unconsumed_ = step->consumed;
    if (!step->piece.empty()) {
      announced_ -= std::min<std::uint64_t>(announced_, step->piece.size());
      co_return step->piece;
    }
    client_.consume(std::exchange(unconsumed_, 0));
    if (decoder_.done()) break;
    if (const auto error = co_await read_more()) {
      broke_off_ = error != asio::error::operation_aborted;  // that is us: the answer came before the body's end
      co_return std::unexpected(error);
    }
  }
  co_return std::string_view{};
}

asio::awaitable<boost::system::error_code> request_body::read_more() {
  if (std::exchange(expected_, false))
    if (const auto error = co_await patience_.write(go_on, {})) co_return error;
  const auto deadline = std::chrono::steady_clock::now() + limits_.stall_timeout;
  co_return co_await patience_.read(deadline, cutoff::stall, client_.room_up_to(most_buffered(limits_)));
}

bool request_body::can_be_discarded() const {
  return decoder_.done() || (!expected_ && !broke_off_ && fault_.empty() && announced_ <= limits_.unread_body);
}

asio::awaitable<bool> request_body::discard() {
  std::uint64_t total = 0;
  while (can_be_discarded() && total <= limits_.unread_body) {
    const auto piece = co_await next();
    if (!piece) co_return false;
    if (piece->empty()) co_return true;
    total += piece->size();
  }
  co_return false;
}

}  // namespace sidecache::net
