// A recorded pattern: JSON lines that say what was asked when. Read whole before the run, then immutable.
//
// A line of a pattern:     {"at_ms": 12.5, "method": "GET", "target": "/v1/providers/a", "credential": 0,
//                           "headers": {"accept": "application/json"}, "body": "…"}
//   at_ms and target must be there. credential: a place in the credential file, from 0; null: none; absent: drawn
//   evenly.
// A line of sidecache's log (log.format: json, log.access: all): {"time": "…Z", "message": "request", "method": "GET",
//   "path": "/v1/providers/a", …}. Queries are not logged, so they are not replayed. Other messages are passed over,
//   and so are requests that are neither GET nor HEAD: their bodies are unknown.
#pragma once

#include <cstdint>
#include <expected>
#include <istream>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "replay/workload.hpp"

namespace sidecache::replay {

/// Beside places in the credential file and no_credential.
constexpr std::uint32_t any_credential = no_credential - 1;

struct recorded_request {
  duration at{};
  std::size_t line = 0;  ///< of the file
  std::string method = "GET";
  std::string target;
  std::string header_lines;
  std::string body;
  std::uint32_t credential = any_credential;
};

struct pattern {
  std::vector<recorded_request> requests;  ///< in order of time, the first at 0
  std::uint64_t passed_over = 0;           ///< lines of a log that are not replayed
};

constexpr std::size_t most_pattern_lines = 5'000'000;

/// `where` names it in errors, which have file, line and what was expected. `credentials`: how many there are.
[[nodiscard]] std::expected<pattern, std::string> parse_pattern(std::istream& lines, std::string_view where,
                                                                std::size_t credentials);
[[nodiscard]] std::expected<pattern, std::string> read_pattern(const std::string& file, std::size_t credentials);

}  // namespace sidecache::replay
