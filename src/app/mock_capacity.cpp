#include "app/mock_capacity.hpp"

#include <fmt/format.h>
#include <sys/socket.h>

#include <algorithm>
#include <fstream>

#include "app/descriptor_limit.hpp"

namespace sidecache::app {
namespace {

/// Listeners, event loops, logs and timers.
constexpr std::uint64_t for_the_mock = 64;

}  // namespace

machine_limits raise_limits() {
  machine_limits found{.descriptors = raise_descriptor_limit(), .backlog = 0};
  std::ifstream setting("/proc/sys/net/core/somaxconn");
  if (!(setting >> found.backlog)) found.backlog = 0;
  return found;
}

std::vector<std::string> capacity_warnings(std::uint64_t connections, const machine_limits& of) {
  std::vector<std::string> said;
  if (const auto needed = connections + for_the_mock; of.descriptors < needed)
    said.push_back(fmt::format(
        "{} connections need {} descriptors, but this process may have {} (ulimit -Hn): beyond them no connection is "
        "accepted. Raise the limit (`ulimit -n {}` as root, LimitNOFILE= of a systemd unit, --ulimit nofile= of a "
        "container), or ask for fewer with --connections",
        connections, needed, of.descriptors, needed));
  const auto queued = std::min<std::uint64_t>(connections, SOMAXCONN);  // what listen(2) is asked for, at most
  if (of.backlog != 0 && of.backlog < queued)
    said.push_back(fmt::format(
        "when {} clients connect at once, {} may wait to be accepted, but net.core.somaxconn is {}: the others connect "
        "a second or more later. Raise it: `sysctl -w net.core.somaxconn={}`",
        connections, queued, of.backlog, queued));
  return said;
}

}  // namespace sidecache::app
