// The proxy on one worker thread: performs what core and plan decide.
//
// Owned by its thread; shares `core` with the others. The origin and the observer are this thread's own. It starts
// fetches that outlive the requests which caused them, so it must live until the thread's io_context has ended.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "proxy/core.hpp"
#include "proxy/exchange.hpp"
#include "proxy/observer.hpp"
#include "proxy/origin.hpp"

namespace sidecache::proxy {

class proxy_handler final : public handler {
 public:
  proxy_handler(core& shared, origin& upstream, observer& watching, asio::any_io_executor executor);

  std::optional<answer> answer_now(const http::request_head& request) override;
  asio::awaitable<void> handle(exchange& client) override;

 private:
  asio::awaitable<void> answer_lookup(exchange& client, const plan& made);
  asio::awaitable<void> answer_landing(exchange& client, const plan& made, const lookup& of, landing_ptr landed,
                                       bool leads, bool had_entry);
  asio::awaitable<void> relay(exchange& client, const plan& made, std::string_view detail);
  asio::awaitable<void> fetch(record_flights::permit permit, lookup of, upstream_request request);

  std::optional<answer> serve(const seen& found, instant now, const plan& made);
  std::optional<answer> serve_stale(const seen& found, instant now, const plan& made, bool outage);
  std::optional<answer> answer_paused(const seen& found, const lookup& of, instant now, const plan& made);
  void start_fetch(record_flights::permit permit, const lookup& of, const http::request_head& request);
  void refresh(const lookup& of, const http::request_head& request);

  core& core_;
  origin& origin_;
  observer& observer_;
  asio::any_io_executor executor_;
  lookup scratch_;  // of answer_now(), so that a hit keeps its memory from request to request
};

}  // namespace sidecache::proxy
