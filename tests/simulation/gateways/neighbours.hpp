// The sidecaches of one fleet as they ask each other: some time there, some time back, now and then too late, and one
// of them may be mute for a while, as a pod that was cut off.
//
// Each is asked, the one that asks included, as it is where a name stands for all replicas; questions and answers are
// the words that go over a wire. One thread's; the stage and the sidecaches outlive it, and it destroys the coroutines
// that wait in it.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "proxy/peers.hpp"
#include "resilience/waiting.hpp"
#include "simulation/gateways/stage.hpp"

namespace sidecache::simulation::gateways {

class sidecache_process;

struct neighbourhood {
  std::vector<std::unique_ptr<sidecache_process>>& all;
  std::optional<std::size_t> mute;  ///< which of them answers nobody
};

class neighbours final : public proxy::peers {
 public:
  neighbours(stage& on, const neighbourhood& who, std::uint64_t seed)
      : stage_(on), who_(who), pauses_(on.alarms()), chance_(seed) {}

  asio::awaitable<void> ask(std::shared_ptr<proxy::peer_round> in) override;

 private:
  /// Returns when it will have been heard of.
  mono_time ask_one(const std::shared_ptr<proxy::peer_round>& in, std::size_t which);

  stage& stage_;
  const neighbourhood& who_;
  resilience::waiting pauses_;
  random_source chance_;
};

}  // namespace sidecache::simulation::gateways
