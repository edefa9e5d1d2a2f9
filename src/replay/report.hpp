// A run's report: lines for people, one JSON document for programs. Pure. No credential can stand in either: nothing
// that holds one comes here.
#pragma once

#include <boost/json/object.hpp>
#include <string>

#include "replay/findings.hpp"

namespace sidecache::replay {

/// What was asked for.
struct subject {
  std::string url;
  std::string plan;  ///< "generated: …" or "recorded: …"
  double rate = 0;
  duration length{};  ///< with the warm-up
  run_settings settings;
  std::uint64_t seed = 0;
};

[[nodiscard]] std::string report_text(const subject& about, const run_result& run, const findings& found);

/// Latencies in milliseconds, rates a second, shares in percent. README, "Load testing", names the fields.
[[nodiscard]] boost::json::object report_json(const subject& about, const run_result& run, const findings& found);

}  // namespace sidecache::replay
