// Whether this machine lets the mock hold the connections that it was asked to hold, and what to do where it does not.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace sidecache::app {

struct machine_limits {
  std::uint64_t descriptors = 0;  ///< of this process (RLIMIT_NOFILE), after it was raised as far as it may be
  std::uint64_t backlog = 0;      ///< net.core.somaxconn; 0: not known
};
/// Raises what may be raised.
[[nodiscard]] machine_limits raise_limits();

/// What stands in the way, in words: what it is, what is needed, how to set it. Pure.
[[nodiscard]] std::vector<std::string> capacity_warnings(std::uint64_t connections, const machine_limits& of);

}  // namespace sidecache::app
