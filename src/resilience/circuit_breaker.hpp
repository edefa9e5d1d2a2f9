// Whether a control plane is to be asked at all, by what the last attempts said of it.
//
// Theory of operation: a state machine without I/O or clock; whoever attempts asks admit() before and tells settle() or
// give_back() after. Closed: everything passes, and results are counted in a sliding window of slices; too many that
// failed, or were slow, open it. Open: nothing passes for `open_for`. Then half-open: one probe at a time, begun no
// sooner than `open_for` after the one before, until `probes` in a row succeeded (closed, with an empty window) or one
// failed (open again). So whatever the load, an upstream that is gone sees at most one attempt each `open_for`.
// Silence: what was known is too old to count when the last result is older than the window, as it is while closed. Who
// comes then is let in, all who come until the first result, as probes: it alone says whether the breaker closes or
// opens. So one that was open when traffic ceased does not have a later request avoid an upstream that has long been
// well, when it comes in company or as the second in a second.
// Eras: each opening and closing begins a new one. What was admitted in an earlier era says nothing any more: a hundred
// requests that were under way when it opened neither open it again nor close it.
// Threads: none of its own; upstream_group locks.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/clock.hpp"

namespace sidecache::resilience {

struct breaker_settings {
  duration window = std::chrono::seconds(10);
  std::uint64_t least_requests = 5;
  std::uint64_t failure_percent = 50;
  duration slow_after = std::chrono::seconds(8);
  std::uint64_t slow_percent = 80;
  duration open_for = std::chrono::seconds(1);
  std::uint64_t probes = 3;
};

enum class breaker_state : std::uint8_t { closed, half_open, open };
constexpr std::size_t breaker_state_count = 3;
[[nodiscard]] std::string_view to_string(breaker_state state);

/// What an attempt says of its upstream.
enum class finding : std::uint8_t {
  well,
  failed,
  alive,    ///< it answered, and how well it is can't be told from that (429): a probe's success, else not counted
  nothing,  ///< it was not asked, or the client was the reason
};

class circuit_breaker {
 public:
  struct ticket {
    std::uint64_t era = 0;  ///< 0: counts for nothing
    bool probe = false;
  };

  explicit circuit_breaker(const breaker_settings& settings) : settings_(settings) {}

  /// Nothing: the upstream is not to be asked. Every ticket is given back or settled.
  [[nodiscard]] std::optional<ticket> admit(mono_time now);
  /// For what is tried in any state (a write): counted while closed, else for nothing.
  [[nodiscard]] ticket pass() const { return {state_ == breaker_state::closed ? era_ : 0, false}; }
  /// True if the state changed.
  bool settle(ticket of, finding what, duration took, mono_time now);
  /// The attempt ended without saying anything.
  void give_back(ticket of);

  [[nodiscard]] breaker_state state() const { return state_; }
  /// admit() would give a probe's ticket.
  [[nodiscard]] bool probe_due(mono_time now) const;
  /// When asking again may help; 0 while closed.
  [[nodiscard]] duration retry_after(mono_time now) const;

  struct counts {
    std::uint64_t seen = 0, failed = 0, slow = 0;
  };
  [[nodiscard]] counts in_window(mono_time now) const;

 private:
  static constexpr std::size_t slice_count = 10;
  struct slice {
    std::int64_t number = -1;  // of the stretch of time that it counts
    counts seen;
  };

  [[nodiscard]] std::int64_t slice_number(mono_time now) const;
  void count(finding what, bool slow, mono_time now);
  [[nodiscard]] bool too_bad(mono_time now) const;
  bool change_to(breaker_state state);
  bool settle_probe(bool good, mono_time now);

  breaker_settings settings_;
  breaker_state state_ = breaker_state::closed;
  std::uint64_t era_ = 1;
  std::array<slice, slice_count> slices_;
  mono_time next_probe_{};
  mono_time heard_{};    // when the last result came that counted
  bool unsure_ = false;  // there was silence, and no result since
  bool probing_ = false;
  std::uint64_t succeeded_ = 0;  // probes in a row
};

}  // namespace sidecache::resilience
