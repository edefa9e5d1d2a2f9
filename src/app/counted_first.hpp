// A handler whose answers show figures: what a client of the workers has seen answered is on the page that it asks for
// next. The workers count after they have written, on threads of their own, so without this a quick client is ahead.
// Who changes something shows no figures, and does not stop the workers for it.
#pragma once

#include "http/message.hpp"
#include "net/worker_pool.hpp"
#include "proxy/exchange.hpp"

namespace sidecache::app {

class counted_first final : public proxy::handler {
 public:
  /// Both outlive it.
  counted_first(proxy::handler& figures, net::worker_pool& workers) : figures_(figures), workers_(workers) {}

  std::optional<proxy::answer> answer_now(const http::request_head& /*request*/,
                                          const proxy::known_block* /*by*/) override {
    return std::nullopt;
  }
  boost::asio::awaitable<void> handle(proxy::exchange& client) override {
    if (http::is_safe(client.request().method)) co_await workers_.caught_up(patience);
    auto answer = figures_.answer_now(client.request(), client.known());
    if (!answer) co_return co_await figures_.handle(client);
    co_await client.send(std::move(*answer));
  }

 private:
  /// For a worker that is at something long: the page comes without its last figures rather than late.
  static constexpr duration patience = std::chrono::milliseconds(100);

  proxy::handler& figures_;
  net::worker_pool& workers_;
};

}  // namespace sidecache::app
