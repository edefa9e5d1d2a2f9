// The way of a relayed answer to the client: what it means for the cache is settled before its first byte goes on.
#pragma once

#include "proxy/cache_status.hpp"
#include "proxy/core.hpp"
#include "proxy/exchange.hpp"

namespace sidecache::proxy {

/// Lives on the stack of the coroutine that relays; `client` and `permit` outlive it.
class relay_sink final : public answer_sink {
 public:
  relay_sink(answer_sink& client, write_permit& permit, forwarded how) : client_(client), permit_(permit), how_(how) {}

  asio::awaitable<boost::system::error_code> start(http::response_head& head) override {
    permit_.answered(head.status);
    how_.status = head.status;
    small_text status;
    append_forwarded(status, how_);
    head.fields.add("Cache-Status", status.view());
    return client_.start(head);
  }
  asio::awaitable<boost::system::error_code> write(std::string_view piece) override { return client_.write(piece); }
  asio::awaitable<boost::system::error_code> finish(const http::fields& trailers) override {
    return client_.finish(trailers);
  }

 private:
  answer_sink& client_;
  write_permit& permit_;
  forwarded how_;
};

}  // namespace sidecache::proxy
