// Which planes are behind which addresses. An address that several planes name is listened on once and serves them all;
// addresses with the same planes behind them make a group, which is one server, with limits.connections of its own.
// Pure: the supervisor, which binds, and the worker, which serves, come to the same groups.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "config/settings.hpp"
#include "net/inherited_sockets.hpp"

namespace sidecache::app {

/// A server's name and where it listens: "proxy", "http://127.0.0.1:9400" or "unix:/path".
struct announced {
  std::string name;
  std::string where;
};

struct listening_group {
  std::vector<std::size_t> planes;  ///< by their place in the settings
  std::vector<listen_address> addresses;
  std::string label;        ///< of what can't be told apart by plane in metrics: their names, joined by +
  std::string socket_name;  ///< for LISTEN_FDNAMES: "proxy"; of one group among several "admin+data-proxy"
  bool by_prefix = false;   ///< a request's path says which plane it is for
};

/// Of all that was announced, where lookups are answered, joined by commas.
[[nodiscard]] std::string where_lookups_go(const std::vector<announced>& all);

/// In the order in which the planes name them; never empty where `planes` is not.
[[nodiscard]] std::vector<listening_group> listening_groups(const std::vector<config::plane_settings>& planes);

/// All servers of a process, the groups first, then "metrics" and "admin". `groups` outlives the result.
[[nodiscard]] std::vector<net::configured_server> servers_of(const std::vector<listening_group>& groups,
                                                             const config::settings& settings);

/// What is said of an address once it is bound: a line for each plane that is reached there, with its prefix. Of
/// several planes "proxy-" stands in front of a plane's name: one may be called metrics.
void announce(const listening_group& group, const std::vector<config::plane_settings>& planes,
              const listen_address& bound, std::vector<announced>& to);

}  // namespace sidecache::app
