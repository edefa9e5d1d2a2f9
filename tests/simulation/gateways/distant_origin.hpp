// The control plane as one sidecache reaches it: some time there, some time back, and in bad weather something else.
//
// A request is processed when it has got there: what its answer says is true of that moment. Some take
// seconds. One thread's; clock, alarms and truth outlive it, and it destroys the coroutines that wait in it.
#pragma once

#include "proxy/origin.hpp"
#include "resilience/waiting.hpp"
#include "simulation/gateways/stage.hpp"
#include "simulation/gateways/truth.hpp"

namespace sidecache::simulation::gateways {

class distant_origin final : public proxy::origin {
 public:
  distant_origin(truth& of, const clock& time, alarms& wake, std::uint64_t seed)
      : truth_(of), clock_(time), pauses_(wake), chance_(seed), named_(of.records(), mono_time::min()) {}

  asio::awaitable<std::expected<proxy::upstream_answer, proxy::failure>> fetch(proxy::upstream_request request,
                                                                               std::uint64_t max_body) override;
  /// Gateways ask for nothing here that is relayed.
  asio::awaitable<std::expected<void, proxy::failure>> relay(proxy::upstream_request request, proxy::body_source& body,
                                                             proxy::answer_sink& sink) override;
  std::uint64_t asked = 0;
  /// When a sync that passed here, or was asked for here, came back and named it.
  [[nodiscard]] mono_time last_named(record_number r) const { return named_[r]; }

 private:
  [[nodiscard]] proxy::upstream_answer processed(const proxy::upstream_request& request, mono_time back_at);

  truth& truth_;
  const clock& clock_;
  resilience::waiting pauses_;
  random_source chance_;
  std::vector<mono_time> named_;
};

}  // namespace sidecache::simulation::gateways
