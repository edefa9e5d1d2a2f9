// Deadlines without a timer each: one coarse timer a worker looks at everything that is armed, a few times a second.
//
// Theory of operation: an item is a link in an intrusive list and a point in time. Arming writes the time and links it
// (no system call, no allocation); a tick goes through the list and calls what has passed. So a deadline is met up to
// one tick late, never early. The timer runs only while something is armed.
//
// Threads: a sweep and its items belong to one worker's thread. A sweep outlives its items. What an item calls may arm,
// disarm or destroy any item of the sweep, itself too; it should do no more than close a socket.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/intrusive/list.hpp>
#include <chrono>
#include <functional>

#include "base/clock.hpp"

namespace sidecache::net {

namespace asio = boost::asio;

class deadline_sweep {
  using hook = boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;

 public:
  /// Something with a deadline. Leaves the sweep when it is destroyed.
  class item : public hook {
   public:
    item(deadline_sweep& owner, std::function<void()> on_expire) : owner_(&owner), on_expire_(std::move(on_expire)) {}
    item(const item&) = delete;
    item& operator=(const item&) = delete;
    ~item() = default;

    /// Calls once after `deadline`, unless armed anew (only the last time counts) or disarmed before.
    void arm(mono_time deadline);
    void arm_in(duration from_now) { arm(std::chrono::steady_clock::now() + from_now); }
    void disarm() { unlink(); }
    [[nodiscard]] bool armed() const { return is_linked(); }

   private:
    friend class deadline_sweep;
    deadline_sweep* owner_;
    std::function<void()> on_expire_;
    mono_time deadline_;
  };

  explicit deadline_sweep(asio::io_context& context, duration tick = std::chrono::milliseconds(250));
  deadline_sweep(const deadline_sweep&) = delete;
  deadline_sweep& operator=(const deadline_sweep&) = delete;

  /// Calls every item whose deadline is at or before `now`. The ticks call this; tests may.
  void expire(mono_time now);
  [[nodiscard]] bool ticking() const { return ticking_; }

 private:
  using list = boost::intrusive::list<item, boost::intrusive::constant_time_size<false>>;

  void start_ticking();

  list armed_;
  asio::steady_timer timer_;
  duration tick_;
  bool ticking_ = false;
};

}  // namespace sidecache::net
