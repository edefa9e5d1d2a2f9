// What a supervisor does about its workers, decided without I/O: which to start, to signal, to give up.
//
//   start        one worker; if the first one can't start for a reason that its exit code names, neither can we
//   it dies      another at once; if workers keep dying within a second of their start, after 100 ms, doubling to 5 s
//   replace      a second worker beside it; once that one serves, the first is told to end. If it dies or is not ready
//                in time, the first goes on, and gets back its cache's right to be asked (proxy::tenure).
//   reload       passed on to who serves or starts; who is draining ends by the settings that it has. It is over when
//                each of them has said so, or has ended.
//   terminate    passed on to all, and then their end is awaited
//
// There are two seats, so never more than two workers: a replacement asked for while an earlier one's predecessor is
// still draining waits until that has ended.
//
// Plain values, no clock: `now` is an argument. Whoever drives it performs the orders in their sequence and calls
// passed() at wake_at() at the latest.
#pragma once

#include <sys/types.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"

namespace sidecache::app {

struct supervision_terms {
  duration healthy_after = std::chrono::seconds(1);  ///< who lives so long did not fail at its start
  duration first_pause = std::chrono::milliseconds(100);
  duration longest_pause = std::chrono::seconds(5);
  duration ready_within = std::chrono::seconds(30);
};

class supervision {
 public:
  using seat = std::uint32_t;
  enum class deed : std::uint8_t {
    start,        ///< a worker on `on`
    signal,       ///< send `number` to the worker on `on`
    give_back,    ///< the cache of the worker on `on` counts again
    announce,     ///< the first worker serves
    reloading,    ///< workers were told to read their settings anew
    reloaded,     ///< they have; `number` 1: what they read is in force, 0: some worker refused it
    end,          ///< with exit code `number`
    say,          ///< `text`, that somebody should know
    say_trouble,  ///< `text`, that somebody should look after
  };
  struct order {
    deed what;
    seat on = 0;
    int number = 0;
    std::string text = {};
  };
  using orders = std::vector<order>;

  explicit supervision(supervision_terms terms = {}) : terms_(terms) {}

  [[nodiscard]] orders begin(mono_time now);
  /// The worker on this seat answers requests.
  [[nodiscard]] orders ready(seat who);
  /// It is gone; `status` as waitpid(2) has it.
  [[nodiscard]] orders ended(seat who, int status, mono_time now);
  [[nodiscard]] orders replace(mono_time now);
  /// SIGHUP.
  [[nodiscard]] orders reload();
  /// The worker on this seat has done so; `taken`: what it read is in force.
  [[nodiscard]] orders reloaded(seat who, bool taken);
  /// SIGTERM or SIGINT.
  [[nodiscard]] orders terminate(int signal);
  [[nodiscard]] orders passed(mono_time now);
  [[nodiscard]] std::optional<mono_time> wake_at() const;

 private:
  enum class role : std::uint8_t { none, starting, serving, draining };
  struct worker {
    supervision::role role = role::none;
    mono_time started;
    bool given_up = false;  ///< was not ready in time and is being killed
    int reloads = 0;        ///< that it was told of and has not said to be over
  };

  void start(seat on, mono_time now, orders& out);
  void start_replacement(mono_time now, orders& out);
  void end_reload(orders& out);
  void restart(bool lived_well, mono_time now, orders& out);
  [[nodiscard]] bool anybody() const;
  [[nodiscard]] bool is(seat who, role what) const { return workers_[who].role == what; }

  supervision_terms terms_;
  std::array<worker, 2> workers_;
  bool announced_ = false;  ///< some worker has served
  bool terminating_ = false;
  bool replace_later_ = false;
  bool reload_refused_ = false;  ///< by some worker, of the reload that is under way
  int short_lives_ = 0;          ///< in succession
  int exit_code_ = 0;
  std::optional<mono_time> restart_at_;
};

}  // namespace sidecache::app
