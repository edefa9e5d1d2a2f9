// The audit of changes that were refused: who wanted what, and why not.
//
// Whoever reaches the admin listener may be refused as often as he likes, so a flood of refusals must not become a
// flood of lines: in a minute so many are written, and the first line after that says how many were left out. Time is
// an argument. Belongs to the admin listener's thread; left_out() may be asked for anywhere.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/clock.hpp"
#include "metrics/audit_log.hpp"

namespace sidecache::admin {

struct refused_change {
  std::string_view action;  ///< one of our own names, as is `why`
  std::string_view from;    ///< an address, or what stands for one
  unsigned status;
  std::string_view why;  ///< the error's code
};

class refused_changes {
 public:
  static constexpr unsigned most_a_minute = 30;

  /// The line that is to be written; nothing: there were enough.
  [[nodiscard]] std::optional<metrics::audit_line> tell(const refused_change& what, mono_time now);
  /// Since the start.
  [[nodiscard]] std::uint64_t left_out() const { return left_out_.load(std::memory_order_relaxed); }

 private:
  std::optional<mono_time> minute_;  ///< when it began
  unsigned told_ = 0;                ///< in it
  std::uint64_t unsaid_ = 0;         ///< left out since the last line
  std::atomic<std::uint64_t> left_out_ = 0;
};

}  // namespace sidecache::admin
