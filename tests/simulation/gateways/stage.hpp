// Time, and what happens in it: events in the order of their times, alarms among them, and the coroutines that they
// move.
//
// Theory of operation: the clock leaps from one event or alarm to the next; at each instant the alarms ring first, then
// the events of that instant happen in the order in which they were planned, then every coroutine runs until it waits.
// So a run is what its seed says, on every machine. One thread's. Events may plan others; what they refer to outlives
// the stage's last run.
#pragma once

#include <boost/asio/io_context.hpp>
#include <cmath>
#include <functional>
#include <queue>
#include <vector>

#include "base/manual_alarms.hpp"
#include "base/manual_clock.hpp"
#include "base/random_source.hpp"

namespace sidecache::simulation::gateways {

namespace asio = boost::asio;
using namespace std::chrono_literals;

/// Waiting times of what happens by chance and does not remember: mean `of`.
inline duration about(duration of, random_source& chance) {
  const double u = (static_cast<double>(chance.below(1'000'000)) + 0.5) / 1e6;
  return duration(static_cast<duration::rep>(-std::log(u) * static_cast<double>(of.count())));
}
inline duration between(duration least, duration most, random_source& chance) {
  return least + (most - least) * chance.below(1'000'001) / 1'000'000;
}

/// Since the beginning, for stories.
inline double seconds_of(mono_time t) {
  return t == mono_time::min() ? -1.0 : std::chrono::duration<double>(t.time_since_epoch() - 1h).count();
}

class stage {
 public:
  [[nodiscard]] instant now() const { return clock_.now(); }
  [[nodiscard]] const manual_clock& time() const { return clock_; }
  [[nodiscard]] manual_alarms& alarms() { return alarms_; }

  void at(mono_time when, std::function<void()> what) { events_.push({when, ++numbers_, std::move(what)}); }
  void after(duration by, std::function<void()> what) { at(now().mono + by, std::move(what)); }

  /// Until then, inclusive. The context is whose coroutines run.
  void run_until(mono_time end, asio::io_context& context) {
    while (true) {
      mono_time next = events_.empty() ? mono_time::max() : events_.top().when;
      if (const auto ring = alarms_.next()) next = std::min(next, *ring);
      if (next > end) break;
      clock_.advance(std::max<duration>(next - now().mono, duration{}));
      happen(context);
    }
    clock_.advance(std::max<duration>(end - now().mono, duration{}));
  }
  /// A coroutine was begun: it runs before time goes on.
  void stirred() { stirred_ = true; }

 private:
  struct event {
    mono_time when;
    std::uint64_t number;
    std::function<void()> what;
    bool operator<(const event& other) const {
      return when != other.when ? when > other.when : number > other.number;  // the queue's top is its greatest
    }
  };

  void happen(asio::io_context& context) {
    const mono_time at = now().mono;
    if (const auto ring = alarms_.next(); ring && *ring <= at) {
      alarms_.ring(at);
      stirred_ = true;
    }
    while (!events_.empty() && events_.top().when <= at) {
      const auto what = std::move(events_.top().what);
      events_.pop();
      what();
    }
    if (!std::exchange(stirred_, false)) return;
    context.restart();
    context.poll();
  }

  manual_clock clock_;
  manual_alarms alarms_;
  std::priority_queue<event> events_;
  std::uint64_t numbers_ = 0;
  bool stirred_ = false;
};

}  // namespace sidecache::simulation::gateways
