// A whole replay: threads that send, signals, and a line of progress each second.
//
// All connections are opened first, on all threads; then all begin at one moment. SIGINT and SIGTERM end it with what
// there is so far. Called on the program's main thread, which only waits.
#pragma once

#include <expected>
#include <string>

#include "replay/tally.hpp"
#include "replay/target.hpp"
#include "replay/workload.hpp"

namespace sidecache::replay {

struct run_settings {
  std::size_t connections = 64;  ///< of all threads, at least one each
  unsigned threads = 1;
  duration timeout = std::chrono::seconds(10);
  duration warm_up{};
  bool progress = false;  ///< to standard error
};

struct run_result {
  tally all;
  duration window{};          ///< of the plan that was measured: shorter than planned if it was interrupted
  duration elapsed{};         ///< from the beginning to the last answer, or to giving up
  duration cpu{};             ///< of all sending threads
  double busiest_thread = 0;  ///< share of a core that the busiest of them used
  bool interrupted = false;
};

/// The error: not one connection came about, and why.
[[nodiscard]] std::expected<run_result, std::string> run(const workload& work, const target& to,
                                                         const run_settings& how);

}  // namespace sidecache::replay
