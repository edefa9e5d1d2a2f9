// Serves a mock control plane: reads the request, waits as the faults say, and answers as well or as badly as planned.
//
// One per thread, since it keeps the memory of the answer before; the instance is shared and outlives it. Pauses are
// timers of the session's own executor. A lookup of a record by formula, when nothing can go wrong, takes the hot path:
// its header block is looked at once, and its answer is put together in memory that is there already. A planned breach
// (no answer, a body short of its length, chunks without an end) is made by not finishing the answer: the session then
// closes the connection.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "mock/instance.hpp"
#include "proxy/exchange.hpp"

namespace sidecache::mock {

class handler final : public proxy::handler {
 public:
  explicit handler(instance& served) : instance_(served) {}

  std::shared_ptr<const proxy::known_block> recognise(const http::request_head& head) override;
  bool answer_known(std::string_view target, const proxy::known_block& by, std::string_view if_none_match, mono_time at,
                    proxy::answer& out) override;
  std::optional<proxy::answer> answer_now(const http::request_head& head, const proxy::known_block* by) override;
  proxy::asio::awaitable<void> handle(proxy::exchange& client) override;

 private:
  proxy::asio::awaitable<void> break_off(proxy::exchange& client, const request& asked,
                                         const instance::admission& admitted);

  instance& instance_;
  std::shared_ptr<std::string> body_;  ///< of an answer by formula; somebody else's too while it is being written
};

}  // namespace sidecache::mock
