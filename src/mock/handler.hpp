// Serves a mock control plane: reads the request, waits as the faults say, and answers as well or as badly as planned.
//
// One per thread or one for all: it holds nothing but the instance, which outlives it. Pauses are timers of the
// session's own executor. A planned breach (no answer, a body short of its length, chunks without an end) is made by
// not finishing the answer: the session then closes the connection.
#pragma once

#include <optional>
#include <string>

#include "mock/instance.hpp"
#include "proxy/exchange.hpp"

namespace sidecache::mock {

class handler final : public proxy::handler {
 public:
  explicit handler(instance& served) : instance_(served) {}

  std::optional<proxy::answer> answer_now(const http::request_head& head) override;
  proxy::asio::awaitable<void> handle(proxy::exchange& client) override;

 private:
  instance& instance_;
};

}  // namespace sidecache::mock
