#include "unit/net/upstream_world.hpp"

namespace sidecache::net::testing {

asio::awaitable<std::expected<std::string_view, boost::system::error_code>> scripted_body::next() {
  ++asked;
  if (!pieces_.empty()) {
    current_ = std::move(pieces_.front());
    pieces_.pop_front();
    co_return current_;
  }
  if (last_ == ending::broken) {
    if (before_broken) before_broken();
    co_return std::unexpected(asio::error::connection_reset);
  }
  if (last_ == ending::silent) {
    asio::steady_timer timer(co_await asio::this_coro::executor);
    while (!silent_until || !silent_until()) {
      timer.expires_after(1ms);
      const auto [error] = co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
      if (error) co_return std::unexpected(error);
    }
  }
  co_return std::string_view{};
}

}  // namespace sidecache::net::testing
