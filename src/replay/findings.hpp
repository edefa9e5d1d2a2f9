// What a run's numbers mean. Pure: the report prints it, the exit code follows it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "replay/run.hpp"

namespace sidecache::replay {

/// What a run must hold for exit code 0, as far as it is given.
struct gates {
  std::optional<double> most_errors;  ///< percent of the requests that were due
  std::optional<duration> most_p99;   ///< corrected
  std::optional<double> least_hits;   ///< percent of the answers
};

/// A target that answered less than this part of what was asked did not keep the rate.
constexpr double kept_from = 0.99;
/// Where the sender's own lateness at p99, or its use of a core, is beyond this, it may have been what was measured.
constexpr duration lag_limit = std::chrono::milliseconds(1);
constexpr double core_limit = 0.9;

struct findings {
  double intended = 0;  ///< requests due a second
  double achieved = 0;  ///< answers a second, from the first one to the last
  bool kept = true;
  bool sender_was_bottleneck = false;
  std::optional<double> hit_percent;  ///< hits and stale hits, if any answer had a Cache-Status
  double error_percent = 0;
  duration cpu_a_request{};
  std::vector<std::string> notes;   ///< whole sentences, for people
  std::vector<std::string> missed;  ///< gates that did not hold, a sentence each
};

[[nodiscard]] findings judge(const run_result& run, const gates& wanted);

}  // namespace sidecache::replay
