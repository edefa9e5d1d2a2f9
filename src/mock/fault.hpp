// One thing that can go wrong on purpose: how, to whom and when. A plain value, whoever it comes from: a flag, a
// timeline file or `/__mock/faults`.
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>

#include "base/clock.hpp"

namespace sidecache::mock {

enum class fault_kind : std::uint8_t {
  latency,       ///< waits `ms`, and up to `jitter_ms` more: before the request is worked on, or ("when":"after") after
  error,         ///< answers `status` (500) in the control plane's shape
  rate_limit,    ///< answers 429, with Retry-After: `retry_after` if that is given
  html,          ///< answers `status` (200) with an HTML page
  reset,         ///< closes the connection with no answer: a head may come, its body never does. Before the request
                 ///< is worked on, or ("when":"after") after: a write is applied, a sync is handed out and lost
  stall,         ///< no answer for `ms` (a minute), then closes
  slow_body,     ///< the body in pieces of `bytes` (64), `ms` (50) before each
  truncate,      ///< closes after `bytes` (half) of the body that Content-Length announces
  wrong_length,  ///< announces `bytes` (100) more than it sends, then closes
  chunked,       ///< the body in chunks, without Content-Length
  cut_chunk,     ///< the same, closed after `bytes` (half), before the last chunk
  gzip,          ///< the body compressed, asked for or not
  huge_body,     ///< a JSON object of `bytes` (1 GiB) in place of the record
  many_headers,  ///< `count` (100000) further fields
  header,        ///< sets the field `name` to `value`
};

struct fault {
  fault_kind kind = fault_kind::latency;
  std::string path{};                    ///< a part of the target's path; empty: every one
  std::string method{};                  ///< empty: every one
  double rate = 1;                       ///< the share of requests that it meets
  std::optional<std::uint64_t> times{};  ///< how many requests it still meets
  duration wait{};
  duration jitter{};
  bool after = false;
  unsigned status = 0;
  std::optional<std::uint64_t> retry_after{};
  std::optional<std::uint64_t> bytes{};
  std::uint64_t count = 0;
  std::string name{};
  std::string value{};
  duration from{};                   ///< `from_ms`: of a timeline, since the start of the run
  duration until = duration::max();  ///< `until_ms`: from then on it is over
};

/// The error is a sentence for the 400: unknown kinds and members are named.
[[nodiscard]] std::expected<fault, std::string> parse_fault(const boost::json::object& from);
[[nodiscard]] boost::json::object to_json(const fault& one);

}  // namespace sidecache::mock
