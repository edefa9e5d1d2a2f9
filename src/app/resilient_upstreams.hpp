// The control planes of one plane, put together from the settings: where each is, what all workers know of them, and a
// worker's own connections to them.
//
// Theory of operation: sites and group are made once and shared; a worker has a net::upstream for each site and the
// origin that chooses among them. Lifetimes: the group outlives all coroutines, so it is made before the workers.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "config/settings.hpp"
#include "metrics/reading.hpp"
#include "net/timer_alarms.hpp"
#include "net/upstream.hpp"
#include "net/worker_pool.hpp"
#include "resilience/active_checks.hpp"
#include "resilience/resilient_origin.hpp"

namespace sidecache::app {

struct shared_upstreams {
  std::vector<std::shared_ptr<const net::upstream_site>> sites;
  std::unique_ptr<resilience::upstream_group> group;
  resilience::resilience_settings settings;
  resilience::check_settings checks;
};
/// Throws std::invalid_argument where the settings can't be used.
[[nodiscard]] shared_upstreams make_upstreams(const config::settings& from, const config::plane_settings& plane);

class worker_upstreams {
 public:
  /// All of them outlive it.
  worker_upstreams(net::worker& on, const shared_upstreams& shared, const clock& time, proxy::observer& observer);

  [[nodiscard]] proxy::origin& origin() { return origin_; }
  /// The worker's.
  [[nodiscard]] alarms& clocks() { return alarms_; }

 private:
  net::timer_alarms alarms_;
  std::vector<std::unique_ptr<net::upstream>> upstreams_;
  resilience::resilient_origin origin_;
  std::optional<resilience::active_checks> checks_;  // the first worker's are everybody's
};

/// What a page of metrics says of them.
void add_readings(const resilience::upstream_group& of, const std::string& plane, std::vector<metrics::reading>& out);

}  // namespace sidecache::app
