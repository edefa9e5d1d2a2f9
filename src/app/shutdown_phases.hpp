// The end of a process's life, decided without I/O: what a signal, the passing of time and the requests seen lead to.
//
//   serving --SIGTERM--> delay --time--> linger --idle--> draining --grace--> closing --third signal--> ended
//
//   delay      /readyz says 503, everything else goes on: those who send clients here find out meanwhile
//   linger     the same until no request came for so long: an application beside us got its SIGTERM when we did, and
//              still looks things up while it ends
//   draining   no connection is accepted any more, the answer to a connection's request says `Connection: close`
//   closing    what is left is cut off
//
// Delay and linger may be of no length. The grace begins where the delay ends and covers lingering and draining, so
// that the whole takes `delay + grace` at most, and `least_drain` more if an application never stops asking. A further
// signal skips to draining, then to closing, then ends it all. SIGINT is a person at a terminal, who wants neither
// delay nor linger; nor does it take them to end a worker that has a successor, since no client finds it any more.
//
// Plain values, no clock: `now` is an argument. Whoever drives it calls passed() at wake_at() at the latest.
#pragma once

#include <cstdint>
#include <optional>

#include "base/clock.hpp"

namespace sidecache::app {

struct shutdown_terms {
  duration delay{};
  duration linger{};  ///< zero: no waiting for idleness
  duration grace{};
};

class shutdown_phases {
 public:
  enum class phase : std::uint8_t { serving, delay, linger, draining, closing, ended };
  enum class signal : std::uint8_t { terminate, interrupt, succeeded };

  /// However long the lingering took, requests under way at its end get this much, if the grace is not shorter.
  static constexpr duration least_drain = std::chrono::seconds(1);

  explicit shutdown_phases(shutdown_terms terms) : terms_(terms) {}

  /// `requests`: how many were answered since the process began. Both return the phase that it is in then.
  phase signalled(signal what, mono_time now, std::uint64_t requests);
  phase passed(mono_time now, std::uint64_t requests);

  [[nodiscard]] phase at() const { return phase_; }
  /// When passed() has to be called. None: time alone changes nothing. The grace itself is kept by the servers.
  [[nodiscard]] std::optional<mono_time> wake_at() const;
  /// How long the draining that begins now may take.
  [[nodiscard]] duration grace_left(mono_time now) const;

 private:
  void begin(mono_time now, std::uint64_t requests);
  void begin_linger(mono_time now, std::uint64_t requests);

  shutdown_terms terms_;
  phase phase_ = phase::serving;
  mono_time delay_ends_;
  mono_time grace_ends_;
  mono_time looked_;        ///< of linger: when the requests were counted last
  mono_time last_request_;  ///< when a new one was seen last, or the lingering began
  std::uint64_t requests_ = 0;
};

}  // namespace sidecache::app
