// How fast a control plane that is back may be asked for what could wait: no stampede after an outage. No I/O, no
// clock.
//
//   normal     -> outage      10 failures in a row, or 3 in a row and no success for 10 s
//   outage     -> recovering  else: the first good answer
//   recovering -> normal      for 3 seconds in a row less was wanted than the pace allows, or nothing at all
//   outage     -> normal      a good answer after 10 s in which nobody was failed: there is no crowd to hold back, and
//   what
//                             an outage long ago has to say of the control plane is nothing
//   recovering -> outage      as from normal; the pace stays what it was
//
// While recovering, lookups for which something stale is held (prefetch, refresh, stale_held) pass at 1.75 times the
// normal rate: what comes to the control plane then stays within twice of it, though misses come in crowds and the
// average of two minutes is not that of the last few seconds. The others are refused, and their clients get what is
// held. Misses, which have nothing else, always pass and count: what they took is not left for the rest. The normal
// rate is the average of good answers a second over about two minutes (an exponential mean) until the last one before
// the outage; neither the outage nor the recovery counts in it, else each outage would double the next one's pace. It
// is taken for 10 a second at least.
//
// So after 10 minutes of outage 1,000 records with a TTL of 30 s, which in peace take 33 fetches a second, are all
// fresh again after 17 s of 58 a second, where 2,000 lookups a second would have fetched all of them in the first one.
//
// Shared by all workers: thread-safe, by one mutex, which no hit ever comes to.
#pragma once

#include <cstdint>
#include <mutex>

#include "base/clock.hpp"
#include "proxy/origin.hpp"

namespace sidecache::resilience {

class recovery_pace {
 public:
  /// Whether such a lookup may go on to the control plane.
  [[nodiscard]] bool lets_pass(proxy::urgency how, mono_time now);
  void succeeded(mono_time now);
  /// It failed, or was avoided. What was refused by us is neither.
  void failed(mono_time now);

  /// The control plane does not answer, as far as was seen last.
  [[nodiscard]] bool outage() const;
  [[nodiscard]] bool recovering(mono_time now);
  /// Lookups a second that pass while recovering.
  [[nodiscard]] double pace() const;

 private:
  enum class phase : std::uint8_t { normal, outage, recovering };

  [[nodiscard]] double recovery_rate() const;
  void count_normal(mono_time now);
  void begin_recovery(mono_time now);
  void end_seconds(mono_time now);
  void return_to_normal(mono_time now);
  [[nodiscard]] bool take(proxy::urgency how, mono_time now);

  mutable std::mutex mutex_;
  phase phase_ = phase::normal;
  std::uint32_t failures_ = 0;  // in a row
  mono_time last_failure_ = mono_time::min();
  mono_time last_success_ = mono_time::min();

  // The normal rate: sums over seconds, each weighted by its age.
  mono_time second_ = mono_time::min();  // the one being counted began then; min: none
  double in_second_ = 0;
  double answers_ = 0;
  double seconds_ = 0;

  // While recovering.
  double pace_ = 0;
  double allowance_ = 0;
  mono_time refilled_;
  mono_time wanted_since_;
  std::uint64_t wanted_ = 0;
  unsigned quiet_seconds_ = 0;
};

}  // namespace sidecache::resilience
