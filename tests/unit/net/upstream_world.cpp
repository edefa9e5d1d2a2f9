#include "unit/net/upstream_world.hpp"

namespace sidecache::net::in_tests {

asio::awaitable<std::expected<std::string_view, boost::system::error_code>> scripted_body::next() {
  ++asked;
  if (!pieces_.empty()) {
    current_ = std::move(pieces_.front());
    pieces_.pop_front();
    co_return current_;
  }
  if (last_ == ending::silent || last_ == ending::silent_then_broken) {
    asio::steady_timer timer(co_await asio::this_coro::executor);
    while (!silent_until || !silent_until()) {
      timer.expires_after(1ms);
      const auto [error] = co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
      if (error) co_return std::unexpected(error);
    }
  }
  if (last_ == ending::broken || last_ == ending::silent_then_broken)
    co_return std::unexpected(asio::error::connection_reset);
  co_return std::string_view{};
}

asio::awaitable<boost::system::error_code> collecting_sink::write(std::string_view piece) {
  pieces.emplace_back(piece);
  body.append(piece);
  if (on_write) on_write(*this);
  if (holds_write_until_cancelled) {
    asio::steady_timer timer(co_await asio::this_coro::executor, mono_time::max());
    const auto [error] = co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
    co_return error;
  }
  if (holds_write_until) {
    co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
    asio::steady_timer timer(co_await asio::this_coro::executor);
    while (!holds_write_until()) {
      timer.expires_after(1ms);
      co_await timer.async_wait(asio::use_awaitable);
    }
  }
  co_return leave_after_write ? asio::error::broken_pipe : boost::system::error_code{};
}

}  // namespace sidecache::net::in_tests
