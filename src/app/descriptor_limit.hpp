// How many descriptors this process may have open, and whether that suffices for the connections it is to serve.
//
// The soft limit that a shell or container gives is often 1024, for the sake of programs that use select(); the hard
// one is what the machine's owner allows. We wait by epoll, so the soft one may as well be the hard one. Called at
// start-up, once, before anything is accepted.
#pragma once

#include <cstdint>
#include <string>

#include "config/settings.hpp"

namespace sidecache::app {

/// Sets RLIMIT_NOFILE's soft limit to the hard one; what holds afterwards. Without success it stays as it is.
std::uint64_t raise_descriptor_limit();

/// What all limits on connections add up to, and some for files, logs and event loops.
[[nodiscard]] std::uint64_t descriptors_needed(const config::settings& values);

/// What to tell the operator of; "" if there are enough.
[[nodiscard]] std::string descriptor_warning(const config::settings& values, std::uint64_t limit);

}  // namespace sidecache::app
