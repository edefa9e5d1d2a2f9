// What can go wrong on purpose, and what of it happens to a given request.
//
// Faults stand in a list; each may be limited to a part of the path, a method, a share of the requests and a number of
// them. Those that apply to a request add up: waits are summed, fields are all set, and of answers that exclude each
// other the first in the list wins. Time is passed in, as what has gone by since the start of the run: faults of a
// timeline are in force for a part of it.
//
// Chances come from the seed and the number of the request in its run, and from nothing else: the n-th request of a run
// meets the same faults and delays whatever was asked before it, and a new run begins the sequence anew.
// Pure; not thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "mock/delay_distribution.hpp"
#include "mock/fault.hpp"
#include "mock/id_source.hpp"
#include "mock/options.hpp"

namespace sidecache::mock {

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

class faults {
 public:
  /// Those that the options ask for.
  explicit faults(const options& with);

  void add(fault one) { all_.push_back(std::move(one)); }
  void clear();
  [[nodiscard]] const std::vector<fault>& all() const { return all_; }
  /// Nothing can happen to a request that arrives now.
  [[nodiscard]] bool quiet(duration since_start) const;
  /// quiet() need not know the time.
  [[nodiscard]] bool none() const { return all_.empty() && !delays_; }

  /// For the `number`-th request of the run. Counts `times` down.
  [[nodiscard]] fault_plan plan_for(std::string_view method, std::string_view raw_target, std::uint64_t number,
                                    duration since_start);

 private:
  std::uint64_t seed_;
  std::optional<delay_distribution> delays_;  ///< added to every answer
  std::vector<fault> all_;
};

}  // namespace sidecache::mock
