// Where clients come in: a server for each group of addresses (listening_groups.hpp), with a plane behind it, or behind
// a plane_switch a few. A group of one plane without a prefix has no switch, and its hits pay for none.
//
// Lifetime: planes and workers outlive it; made once the planes serve on the workers.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "app/listening_groups.hpp"
#include "app/plane_set.hpp"
#include "app/plane_switch.hpp"
#include "net/server.hpp"

namespace sidecache::app {

class plane_listeners {
 public:
  /// `places`: of each group, in their order. Log and figures outlive it. Throws std::invalid_argument where a data
  /// plane would listen in clear for others, which the settings could not know of sockets that are handed down.
  plane_listeners(std::vector<listening_group> groups, std::vector<std::vector<net::listen_place>> places,
                  const config::settings& settings, plane_set& planes, net::worker_pool& workers,
                  metrics::collector& figures, metrics::log& log);
  ~plane_listeners();

  /// As net::server, for all of them: `done` is called once the last client of the last one is gone.
  void open();
  void drain(duration grace, const std::function<void()>& done, net::server::queued waiting);

  /// That was bound for the first address.
  [[nodiscard]] std::uint16_t port() const;
  /// Those of one worker's access logs that no plane has.
  void add_access_lines(std::size_t worker, std::vector<std::shared_ptr<metrics::access_log>>& to) const;
  void announce_to(std::vector<announced>& all) const;
  void add_readings(std::vector<metrics::reading>& out) const;

 private:
  struct gate;

  const config::settings& settings_;
  std::vector<std::unique_ptr<gate>> gates_;  // one a group
};

}  // namespace sidecache::app
