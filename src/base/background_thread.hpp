// Threads that nobody's lookup waits for: pages and the log.
#pragma once

#include <sys/resource.h>
#include <unistd.h>

namespace sidecache {

/// The calling thread gets a tenth of a worker's share of a core that they compete for, and all of one that is idle:
/// however much there is to show or to write, a worker that has something to answer runs first. On Linux a nice value
/// is a thread's own (setpriority(2), "C library/kernel differences"). Where the system doesn't allow it, nothing
/// changes.
inline void run_behind_workers() noexcept {
  constexpr int nice = 10;
  ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), nice);
}

}  // namespace sidecache
