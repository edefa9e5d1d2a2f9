// What the metrics listener serves: /metrics, /livez and /readyz, and nothing else, so that kubelet and Prometheus may
// reach it where nobody may reach the admin pages.
//
// Live is whoever answers. Ready is whoever is not shutting down: readiness never asks after the control plane, for an
// outage of it must not drain the pods that the cache keeps alive (promise 9).
#pragma once

#include <atomic>

#include "metrics/collector.hpp"
#include "proxy/exchange.hpp"

namespace sidecache::metrics {

class metrics_handler final : public proxy::handler {
 public:
  /// Both outlive it. `ready` is set false where shutdown begins, by any thread.
  metrics_handler(const collector& figures, const std::atomic<bool>& ready) : figures_(figures), ready_(ready) {}

  std::optional<proxy::answer> answer_now(const http::request_head& request, const proxy::known_block* by) override;
  boost::asio::awaitable<void> handle(proxy::exchange& client) override;

 private:
  [[nodiscard]] proxy::answer answer_to(const http::request_head& request) const;

  const collector& figures_;
  const std::atomic<bool>& ready_;
};

}  // namespace sidecache::metrics
