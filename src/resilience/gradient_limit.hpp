// How many requests the control plane may have at once, found out by its latency. No I/O, no clock.
//
// What takes longer than it did for a long time is taken to wait in a line at the other end, where it helps nobody, so
// the limit falls to where the line would be short; while latency is as ever, the limit grows by the square root of
// itself, the headroom that lets a line begin to show. Per window of samples:
//   gradient = 1.5 x usual latency / latency now, within 0.5 and 1       (1.5: what counts as being as ever)
//   limit    = limit x gradient + sqrt(limit), approached by a fifth
// which is the "Gradient2" of Netflix's concurrency-limits. It settles where limit x (1 - gradient) = sqrt(limit): for
// a latency three times the usual and more at 4, the least. A window with a timeout takes a tenth off instead. It grows
// only while at least half of it is in use, since a limit that is not reached can't be found too low.
// The usual latency follows a fall at once and a rise over minutes: a control plane that stays slower is believed in
// the end. Latencies under 10 ms are taken for 10 ms, below which the difference is this machine's.
// Samples are of answers that the control plane made an effort for: errors come too fast, and what was not sent tells
// nothing. One thread's.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/clock.hpp"

namespace sidecache::resilience {

class gradient_limit {
 public:
  /// Between `least` and `most`, at which it starts: nobody is slowed down before there is a reason.
  gradient_limit(std::size_t least, std::size_t most);

  /// An answer came, while so many, it included, were under way.
  void answered(mono_time now, duration took, std::size_t in_flight);
  /// None came in time.
  void timed_out(mono_time now, std::size_t in_flight);

  [[nodiscard]] std::size_t limit() const { return static_cast<std::size_t>(limit_); }

 private:
  struct window {
    mono_time begun;
    duration sum{};
    std::int64_t samples = 0;
    std::size_t busiest = 0;
    bool timeouts = false;
  };
  void note(mono_time now, std::size_t in_flight);
  void close_window();

  double least_;
  double most_;
  double limit_;
  double usual_ = 0;  // nanoseconds; 0: not known yet
  window current_;
};

}  // namespace sidecache::resilience
