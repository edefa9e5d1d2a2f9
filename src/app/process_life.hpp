// Waits for the signals that end a process, and performs what shutdown_phases decides; and for those that have it read
// its settings anew, which as long as it serves is done between two of them.
//
// Signals are caught from the construction on, so that one which comes during start-up is not lost; run() then acts on
// it. Under a supervisor only those count that come from it, by a channel (app/worker_process.hpp), and it is told when
// a reload is over. Belongs to the main thread, which does nothing else meanwhile; what is drained says so from any
// thread.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <csignal>
#include <cstdint>
#include <functional>

#include "app/shutdown_phases.hpp"

namespace sidecache::app {

/// What lives, as far as its end and its settings are concerned.
struct living {
  std::function<shutdown_terms()> terms;  ///< as they are when the end begins
  std::function<void()> unready;          ///< /readyz says 503 from now on
  /// Called once to drain, and perhaps again with no grace to cut it short; `done` may be called each time.
  std::function<void(duration grace, std::function<void()> done)> drain;
  std::function<std::uint64_t()> requests;  ///< answered so far
  std::function<bool()> succeeded;          ///< another process serves the same sockets by now
  std::function<bool()> reload = {};        ///< SIGHUP; none: it is not caught. Whether what was read is in force.
  std::function<void()> look = {};          ///< called every `look_every` while it serves
  duration look_every{};
};

class process_life {
 public:
  process_life() : signals_(context_, SIGTERM, SIGINT), timer_(context_), looking_(context_), channel_(context_) {}

  /// SIGHUP too is caught from now on.
  void hear_hangups() { signals_.add(SIGHUP); }

  /// From now on whoever is at the other end of this channel gives the signals. It becomes this object's.
  void obey(int channel);

  /// Returns when all is over.
  void run(living what);

 private:
  using phase = shutdown_phases::phase;
  struct run_state;
  void await_signal(run_state& state);
  void await_order(run_state& state);
  void act_on(run_state& state, int signal);
  void await_time(run_state& state);
  void await_look(run_state& state);
  static bool reload(run_state& state);
  void perform(run_state& state, phase before, phase now);

  boost::asio::io_context context_{1};
  boost::asio::signal_set signals_;
  boost::asio::steady_timer timer_;
  boost::asio::steady_timer looking_;
  boost::asio::posix::stream_descriptor channel_;
  char order_ = 0;  ///< the number of a signal
};

}  // namespace sidecache::app
