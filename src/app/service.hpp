// The composition root of `serve`: everything a running sidecache is made of, in the order in which it may end.
//
// Threads: the workers do the proxy's work; one thread more serves metrics and admin pages, so that a scrape never
// stands before a hit. Built, opened and drained from the main thread; the destructor waits for what is left.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "admin/admin_handler.hpp"
#include "admin/audited_drills.hpp"
#include "app/counted_first.hpp"
#include "app/from_config.hpp"
#include "app/listening_groups.hpp"
#include "app/plane_listeners.hpp"
#include "app/plane_set.hpp"
#include "app/settings_in_force.hpp"
#include "metrics/collector.hpp"
#include "metrics/metrics_handler.hpp"
#include "net/inherited_sockets.hpp"
#include "net/server.hpp"
#include "net/timer_alarms.hpp"
#include "net/tls_watch.hpp"

namespace sidecache::app {

/// What a process got from whoever started it: nothing, mostly.
struct inheritance {
  std::vector<net::inherited_socket> sockets;
  /// The giver goes on listening: who is queued when this process ends is the giver's to serve.
  bool giver_keeps = true;
  proxy::tenure seat;  ///< whose cache counts, where other processes serve the same sockets
};

class service {
 public:
  /// `log` outlives it. Throws std::invalid_argument where the settings can't be used (a certificate that is none).
  service(config::loaded_settings settings, metrics::log& log, const inheritance& from = {});
  service(const service&) = delete;
  service& operator=(const service&) = delete;
  ~service();

  /// Binds, takes the seat, and starts to answer. Throws net::bind_error: then nothing was started.
  void open();
  [[nodiscard]] std::vector<announced> listening() const;

  /// Takes settings that were read while it runs, or says why not. No request, connection or entry is lost by it.
  /// `cause`: what had them read. Whether they are in force now. By the main thread.
  bool reload(config::load_result wanted, std::string_view cause);

  /// /readyz says 503 from now on; everything else goes on.
  void unready() { ready_ = false; }
  /// Not ready any more; stops accepting, lets what is being answered end, closes after `grace`. `done` is called on
  /// some thread when the last client is gone. Called again it can only shorten the grace. Metrics and admin pages
  /// stay until the end, unless another process has succeeded this one: then it is asked for them.
  void drain(duration grace, const std::function<void()>& done);

  /// That was bound for the proxy's first address, and for metrics.
  [[nodiscard]] std::uint16_t port() const { return proxies_->port(); }
  [[nodiscard]] std::uint16_t metrics_port() const { return metrics_server_->port(); }
  /// Another process serves the same sockets, and its cache counts.
  [[nodiscard]] bool succeeded() const { return planes_.succeeded(); }
  /// Answered by the proxy so far, over all workers: a figure of their counters, which takes a page of additions.
  [[nodiscard]] std::uint64_t requests() const;
  [[nodiscard]] settings_in_force::snapshot settings() const { return in_force_.now(); }

 private:
  void add_servers(const inheritance& from);
  void apply(const config::settings& values);
  void add_tls_readings(std::vector<metrics::reading>& out) const;
  void add_readings(std::vector<metrics::reading>& out) const;

  metrics::log& log_;
  system_clock clock_;
  settings_in_force in_force_;
  std::atomic<bool> ready_{false};
  metrics::collector collector_;
  std::unique_ptr<net::server_tls> tls_;  // none: no certificate is set
  proxy::tenure seat_;
  plane_set planes_;  // before the workers: frames that end with their contexts give back permits
  net::worker_pool workers_;
  net::worker_pool console_;
  net::timer_alarms console_alarms_;
  admin::audited_drills drills_;
  std::optional<net::tls_watch> tls_watch_;
  leaving leaving_;                            // what the planes have on the workers goes before them
  metrics::worker_counters console_counters_;  // nobody asks how often metrics are asked for
  std::unique_ptr<metrics::metrics_handler> metrics_handler_;
  std::unique_ptr<admin::admin_handler> admin_handler_;
  std::optional<counted_first> metrics_pages_;
  std::optional<counted_first> admin_pages_;
  std::unique_ptr<plane_listeners> proxies_;
  std::unique_ptr<net::server> metrics_server_;
  std::unique_ptr<net::server> admin_server_;
};

}  // namespace sidecache::app
