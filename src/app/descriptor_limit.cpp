#include "app/descriptor_limit.hpp"

#include <fmt/format.h>
#include <sys/resource.h>

#include "app/listening_groups.hpp"

namespace sidecache::app {
namespace {

/// Listeners, event loops, logs, files being read, health checks and scrapes.
constexpr std::uint64_t for_ourselves = 64;

}  // namespace

std::uint64_t raise_descriptor_limit() {
  rlimit now{};
  if (getrlimit(RLIMIT_NOFILE, &now) != 0) return 0;
  const rlimit raised{now.rlim_max, now.rlim_max};
  return setrlimit(RLIMIT_NOFILE, &raised) == 0 ? raised.rlim_cur : now.rlim_cur;
}

std::uint64_t descriptors_needed(const config::settings& values) {
  std::uint64_t needed = for_ourselves + values.limits.connections * listening_groups(values.planes).size();
  for (const auto& plane : values.planes)
    needed += values.threads * (plane.upstream.max_connections + plane.upstream.max_streams);
  return needed;
}

std::string descriptor_warning(const config::settings& values, std::uint64_t limit) {
  const auto needed = descriptors_needed(values);
  if (needed <= limit) return {};
  return fmt::format(
      "limits.connections ({}) and the connections to the control plane may take {} descriptors, but this process may "
      "have {} (RLIMIT_NOFILE): beyond them no connection is accepted",
      values.limits.connections, needed, limit);
}

}  // namespace sidecache::app
