// What became of the requests of one thread, in numbers; those of all threads are added up at the end.
//
// The latency of an answer is in both histograms: corrected from its intended start, uncorrected from when a connection
// took it up. A request that timed out is in them too, with the time it had taken until then: leaving out the slowest
// is the omission this tool is against. One that never found a connection is in the corrected one. What failed
// otherwise has no latency: a refused connection is quick, and good for nothing.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string_view>

#include "base/clock.hpp"
#include "base/hdr_histogram.hpp"
#include "replay/cache_outcome.hpp"

namespace sidecache::replay {

enum class failure : std::uint8_t {
  connect,   ///< no connection came about, TLS included
  timeout,   ///< no complete answer within --timeout, or by the end of the run
  reset,     ///< the connection ended before the answer did
  protocol,  ///< an answer that is no HTTP/1.1
  unsent,    ///< due, but no connection was free for it until the run ended
};
constexpr std::array<std::string_view, 5> failure_names{"connect", "timeout", "reset", "protocol", "unsent"};

/// When a request was meant to start, when a connection took it up, and when it was over.
struct moments {
  mono_time intended, taken, done;
};

struct tally {
  hdr_histogram corrected;
  hdr_histogram uncorrected;
  hdr_histogram lag;  ///< how late a request was taken up though a connection was free for it
  std::uint64_t sent = 0;
  std::uint64_t answered = 0;
  std::uint64_t waited = 0;  ///< found no free connection when their time had come
  duration longest_wait{};
  std::uint64_t body_bytes = 0;
  std::array<std::uint64_t, failure_names.size()> failures{};
  std::map<unsigned, std::uint64_t> statuses;
  std::array<std::uint64_t, cache_outcome_names.size()> outcomes{};
  mono_time first_done = mono_time::max();  ///< of the answers
  mono_time last_done;

  void add_answer(const moments& when, unsigned status, cache_outcome outcome);
  void add_failure(failure why, const moments& when);
  void add(const tally& other);

  /// Whose time came.
  [[nodiscard]] std::uint64_t due() const { return sent + failed(failure::unsent); }
  [[nodiscard]] std::uint64_t failed(failure why) const { return failures.at(static_cast<std::size_t>(why)); }
  /// With a status from `first` to `first` + 99.
  [[nodiscard]] std::uint64_t of_class(unsigned first) const;
  /// Failures of all kinds, and statuses from 400.
  [[nodiscard]] std::uint64_t errors() const;
};

}  // namespace sidecache::replay
