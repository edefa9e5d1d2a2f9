// A sink that remembers when the answer began, and with which status.
// Lives as long as one relay(); the sink inside outlives it.
#pragma once

#include <optional>

#include "base/clock.hpp"
#include "proxy/origin.hpp"

namespace sidecache::resilience {

namespace asio = boost::asio;

class watched_sink final : public proxy::answer_sink {
 public:
  watched_sink(proxy::answer_sink& inner, const clock& time) : inner_(inner), clock_(time) {}

  asio::awaitable<boost::system::error_code> start(http::response_head& head) override { return start_with(head, {}); }
  asio::awaitable<boost::system::error_code> start_with(http::response_head& head, std::string_view piece) override {
    status_ = head.status;
    began_ = clock_.now().mono;
    return inner_.start_with(head, piece);
  }
  asio::awaitable<boost::system::error_code> write(std::string_view piece) override { return inner_.write(piece); }
  asio::awaitable<boost::system::error_code> finish(const http::fields& trailers) override {
    return inner_.finish(trailers);
  }

  /// 0: no answer has begun.
  [[nodiscard]] unsigned status() const { return status_; }
  [[nodiscard]] std::optional<mono_time> began() const { return began_; }

 private:
  proxy::answer_sink& inner_;
  const clock& clock_;
  unsigned status_ = 0;
  std::optional<mono_time> began_;
};

}  // namespace sidecache::resilience
