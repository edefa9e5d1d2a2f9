// What can go wrong on purpose, and what of it happens to a given request.
//
// Faults stand in a list; each may be limited to a part of the path, a method, a share of the requests and a number of
// them. Those that apply to a request add up: waits are summed, fields are all set, and of answers that exclude each
// other the first in the list wins. Chances come from the seed, so the same requests meet the same faults.
// Pure; not thread-safe.
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "mock/id_source.hpp"
#include "mock/options.hpp"

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
};

/// What happens to one request.
struct fault_plan {
  enum class ending : std::uint8_t { complete, none, truncated, longer_announced, cut_chunk };
  enum class content : std::uint8_t { record, error, rate_limit, html, huge };

  duration before{};
  duration after{};
  duration stall{};      ///< with ending::none
  bool applied = false;  ///< with ending::none: the request is worked on all the same
  content what = content::record;
  ending how = ending::complete;
  unsigned status = 0;                         ///< with error and html
  std::optional<std::uint64_t> retry_after{};  ///< with rate_limit
  std::uint64_t huge_bytes = 0;
  std::optional<std::uint64_t> cut_bytes{};  ///< with truncated, longer_announced, cut_chunk
  bool chunked = false;
  bool gzip = false;
  std::uint64_t piece_bytes = 0;  ///< 0: in one piece
  duration piece_pause{};
  std::uint64_t more_fields = 0;
  std::vector<std::pair<std::string, std::string>> set_fields{};
};

/// The error is a sentence for the 400: unknown kinds and members are named.
[[nodiscard]] std::expected<fault, std::string> parse_fault(const boost::json::object& from);
[[nodiscard]] boost::json::object to_json(const fault& one);

class faults {
 public:
  /// Those that the options ask for.
  explicit faults(const options& with);

  void add(fault one) { all_.push_back(std::move(one)); }
  void clear() { all_.clear(); }
  [[nodiscard]] bool empty() const { return all_.empty(); }
  [[nodiscard]] const std::vector<fault>& all() const { return all_; }

  /// Draws the chances and counts `times` down.
  [[nodiscard]] fault_plan plan_for(std::string_view method, std::string_view raw_target);

 private:
  std::vector<fault> all_;
  chance chance_;
};

}  // namespace sidecache::mock
