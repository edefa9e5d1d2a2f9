// The part of a connection that speaks TLS.
#include <fmt/format.h>

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/asio/as_result.hpp"
#include "net/connection.hpp"
#include "proxy/exchange.hpp"

namespace sidecache::net {
namespace {

using need = tls_channel::need;

/// To a client that speaks HTTP in clear, in clear.
std::string tls_expected() {
  const auto said = proxy::make_error(400, "tls_expected", "this address takes https only", http::method::other);
  return fmt::format("{}Connection: close\r\nContent-Length: {}\r\n\r\n{}", said.head, said.body.size(), said.body);
}

}  // namespace

/// Ends with what ended it early: cancelled by a deadline, or closed.
asio::awaitable<boost::system::error_code> connection::ready(need wanted) {
  const auto [error] =
      co_await socket_.async_wait(wanted == need::readable ? socket::wait_read : socket::wait_write, as_result);
  co_return error;
}

asio::awaitable<bool> connection::handshake(mono_time deadline, duration linger) {
  read_late_ = false;
  read_deadline_.arm(deadline);
  error_code interrupted;
  auto step = tls_->handshake();
  while (step.wait != need::nothing && !interrupted) {
    interrupted = co_await ready(step.wait);
    if (!interrupted) step = tls_->handshake();
  }
  read_deadline_.disarm();
  if (interrupted) {
    if (read_late_) tls_->count(handshake_result::timeout);  // else we closed it: the server is going away
    close();
    co_return false;
  }
  tls_->count(tls_->result());
  shaken_ = !step.error;
  if (shaken_) co_return true;
  co_await explain_failure(tls_->result(), linger);
  co_return false;
}

/// What OpenSSL had to say, an alert, is on its way: closing on bytes that were not read would take it back.
asio::awaitable<void> connection::explain_failure(handshake_result why, duration linger) {
  tls_.reset();
  if (why == handshake_result::plain_http) {
    const std::string text = tls_expected();
    std::string_view left = text;
    std::string_view nothing;
    static_cast<void>(write_now(left, nothing));  // a socket that has not been written to has room for it
  }
  if (why != handshake_result::client_left) co_await close_gently(linger);
  close();
}

asio::awaitable<boost::system::error_code> connection::read_tls(mono_time deadline, std::size_t most) {
  constexpr unsigned fair = 16;  // reads in a row without the others on this thread having their turn
  make_room(most);
  read_late_ = false;
  error_code error;
  auto step = tls_->read(buffer_.get() + end_, capacity_ - end_);
  if (step.wait != need::nothing) {
    read_deadline_.arm(deadline);
    while (step.wait != need::nothing && !error) {
      error = co_await ready(step.wait);
      if (!error) step = tls_->read(buffer_.get() + end_, capacity_ - end_);
    }
    read_deadline_.disarm();
    reads_without_wait_ = 0;
  } else if (++reads_without_wait_ % fair == 0) {
    co_await asio::post(socket_.get_executor(), asio::use_awaitable);
  }
  received(step.size, most);
  if (!error) error = step.error;
  co_return error&& read_late_ ? error_code(asio::error::timed_out) : error;
}

std::optional<boost::system::error_code> connection::write_now_tls(std::string_view& first, std::string_view& second) {
  while (!first.empty() || !second.empty()) {
    const auto step = tls_->write(first.empty() ? second : first);
    if (step.error) return step.error;
    if (step.wait != need::nothing) {
      write_waits_for_ = step.wait;
      return std::nullopt;
    }
    advance(first, second, step.size);
  }
  return error_code{};
}

asio::awaitable<boost::system::error_code> connection::wait_for_room_tls(mono_time deadline) {
  write_late_ = false;
  write_deadline_.arm(deadline);
  const auto error = co_await ready(write_waits_for_);
  write_deadline_.disarm();
  co_return error&& write_late_ ? error_code(asio::error::timed_out) : error;
}

}  // namespace sidecache::net
