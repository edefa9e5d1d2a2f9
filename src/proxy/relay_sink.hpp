// The way of a relayed answer to the client: what it means for the cache is settled before its first byte goes on.
#pragma once

#include "http/header_rules.hpp"
#include "proxy/cache_status.hpp"
#include "proxy/core.hpp"
#include "proxy/exchange.hpp"

namespace sidecache::proxy {

/// What a relayed head goes on with. `trailers`: see relay_sink.
inline void mark_passed(http::response_head& head, forwarded& how, bool trailers) {
  how.status = head.status;
  small_text status;
  append_forwarded(status, how);
  head.fields.add("Cache-Status", status.view());
  if (!trailers) head.fields.erase("Trailer");  // it would announce what does not come
}

/// Lives on the stack of the coroutine that relays; `client` and `permit` outlive it.
class relay_sink final : public answer_sink {
 public:
  /// `trailers`: the client takes a trailer section (RFC 9110 §10.1.4).
  relay_sink(answer_sink& client, write_permit& permit, forwarded how, bool trailers)
      : client_(client), permit_(permit), how_(how), takes_trailers_(trailers) {}

  asio::awaitable<boost::system::error_code> start(http::response_head& head) override { return start_with(head, {}); }
  asio::awaitable<boost::system::error_code> start_with(http::response_head& head, std::string_view piece) override {
    permit_.answered(head.status);
    mark_passed(head, how_, takes_trailers_);
    return client_.start_with(head, piece);
  }
  asio::awaitable<boost::system::error_code> write(std::string_view piece) override { return client_.write(piece); }
  /// A proxy may discard trailers, and must not make fields of them that a client takes for others (§6.5.1).
  asio::awaitable<boost::system::error_code> finish(const http::fields& trailers) override {
    if (takes_trailers_) trailers_ = http::pass_through_trailers(trailers);
    return client_.finish(trailers_);
  }

 private:
  answer_sink& client_;
  write_permit& permit_;
  forwarded how_;
  bool takes_trailers_;
  http::fields trailers_;
};

}  // namespace sidecache::proxy
