// One plane of the process: what is cached of its control plane's answers, the way to it, and on each worker what
// answers requests. Nothing of it is shared with another plane: one that is down or busy costs the others nothing.
//
// Lifetime: made before the workers and destroyed after them, since coroutine frames that end with their contexts give
// permits back to the core. What lives on the workers is made by serve_on() and must be gone before the pool: leave().
// Threads: handlers and observers belong to their worker; the rest is for any thread once serve_on() has returned.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "app/resilient_upstreams.hpp"
#include "app/sync_peers.hpp"
#include "app/worker_observer.hpp"
#include "metrics/collector.hpp"
#include "proxy/proxy_handler.hpp"
#include "resilience/admission.hpp"
#include "resilience/recovery_pace.hpp"

namespace sidecache::app {

/// What all planes of a process have in common; outlives them.
struct plane_surroundings {
  const config::settings& settings;
  const clock& time;
  const process_keys& keys;
  proxy::tenure seat;
  std::shared_ptr<proxy::replica> together;
};

class plane {
 public:
  /// `own` outlives it. Throws std::invalid_argument where its settings can't be used.
  plane(const plane_surroundings& around, const config::plane_settings& own);
  plane(const plane&) = delete;
  plane& operator=(const plane&) = delete;
  ~plane();

  /// Once; log and figures outlive the plane. Throws std::invalid_argument where the identifier of its own sync can be
  /// neither read nor kept.
  void serve_on(net::worker_pool& workers, metrics::collector& figures, metrics::log& log);
  /// Once the workers have stopped, while their contexts still exist: ends all waiting.
  void close() { core_.close(); }
  void leave();

  [[nodiscard]] proxy::handler& handler(std::size_t worker);
  [[nodiscard]] proxy::observer& observer(std::size_t worker);
  [[nodiscard]] const std::shared_ptr<metrics::access_log>& access_lines(std::size_t worker) const;
  /// As core::change(), by the main thread.
  [[nodiscard]] std::shared_ptr<const proxy::settings> change(const config::settings& values,
                                                              const config::plane_settings& own);
  /// As they were at the start: what is live is read elsewhere.
  [[nodiscard]] const config::plane_settings& settings() const { return own_; }
  [[nodiscard]] const std::string& name() const { return own_.name; }
  [[nodiscard]] proxy::core& core() { return core_; }
  [[nodiscard]] const proxy::core& core() const { return core_; }

  void add_readings(std::vector<metrics::reading>& out) const;

 private:
  struct worker_parts;
  void add_cache_readings(std::vector<metrics::reading>& out) const;
  void add_admission_readings(std::vector<metrics::reading>& out) const;
  void add_sync_readings(std::vector<metrics::reading>& out) const;

  const config::settings& settings_;
  const config::plane_settings& own_;
  const clock& clock_;
  std::array<siphash_key, 2> memo_keys_;  ///< for metrics::fingerprint_memo
  proxy::core core_;
  shared_upstreams upstreams_;
  shared_peers peers_;
  mutable resilience::recovery_pace pace_;            // to ask whether it is on may end it
  std::vector<std::unique_ptr<worker_parts>> parts_;  // one a worker
};

}  // namespace sidecache::app
