// One sidecache as the program composes it: core and handler, and between them and the control plane the whole of
// src/resilience: admission, recovery pace, retries, breaker. Only sockets are missing.
//
// Lifetime: what coroutines hold at their end (core's flights, the group's permits) outlives the io_context; what they
// run in does not. So `stop()` comes before the context is destroyed, and this after. One thread's.
#pragma once

#include <memory>
#include <optional>

#include "proxy/sync_poll.hpp"
#include "proxy/world.hpp"
#include "resilience/admission.hpp"
#include "resilience/resilient_origin.hpp"
#include "simulation/gateways/distant_origin.hpp"
#include "simulation/gateways/neighbours.hpp"

namespace sidecache::simulation::gateways {

/// The data plane's defaults.
[[nodiscard]] proxy::settings data_plane_settings(bool heals);

class sidecache_process {
 public:
  using told = std::function<void(const tests::received&)>;

  sidecache_process(stage& on, truth& of, const proxy::settings& settings, std::uint64_t seed);

  /// `among`: whom it asks while a sync passes; null for nobody.
  void start(asio::io_context& context, const neighbourhood* among = nullptr);
  /// Asks for changes of its own from now on.
  void start_polling(const std::string& identifier);
  void stop();

  /// GET, as a gateway asks with this API key.
  void ask(const std::string& target, const std::string& api_key, told then);

  [[nodiscard]] const proxy::core& memory() const { return core_; }
  [[nodiscard]] const distant_origin& upstream() const { return running_->origin; }

 private:
  struct running {
    running(sidecache_process& of, asio::io_context& in, const neighbourhood* among);
    asio::io_context& context;
    distant_origin origin;
    std::optional<neighbours> others;
    resilience::resilient_origin resilient;
    resilience::admission door;
    proxy::proxy_handler handler;
    std::optional<proxy::sync_poll> poll;
  };

  stage& stage_;
  truth& truth_;
  std::uint64_t seed_;
  random_source chance_;
  proxy::core core_;
  resilience::upstream_group group_;
  resilience::recovery_pace pace_;
  tests::quiet_observer observer_;
  std::optional<running> running_;
};

}  // namespace sidecache::simulation::gateways
