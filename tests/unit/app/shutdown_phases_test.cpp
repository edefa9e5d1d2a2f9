// The end of a life step by step, on a clock that stands still between the steps.
#include "app/shutdown_phases.hpp"

#include <gtest/gtest.h>

#include "base/manual_clock.hpp"

namespace sidecache::app {
namespace {

using namespace std::chrono_literals;
using enum shutdown_phases::phase;
using enum shutdown_phases::signal;

struct a_life : ::testing::Test {
  shutdown_phases::phase signal(shutdown_phases::signal what) {
    return phases.signalled(what, time.now().mono, requests);
  }
  shutdown_phases::phase after(duration by) {
    time.advance(by);
    return phases.passed(time.now().mono, requests);
  }
  /// As whoever drives it does: looks when it has to, while `asks_every` brings a request; says how long it took.
  duration until_draining(duration asks_every, duration give_up) {
    const mono_time began = time.now().mono;
    mono_time next_request = asks_every > 0s ? began + asks_every : mono_time::max();
    while (phases.at() != draining && time.now().mono - began < give_up) {
      const auto wake = phases.wake_at();
      if (!wake) break;
      const mono_time next = std::min(*wake, next_request);
      time.advance(next - time.now().mono);
      if (next == next_request) {
        ++requests;
        next_request += asks_every;
      }
      if (next == *wake) phases.passed(next, requests);
    }
    return time.now().mono - began;
  }

  manual_clock time;
  std::uint64_t requests = 7;
  shutdown_phases phases{{.delay = 5s, .linger = 3s, .grace = 25s}};
};

TEST_F(a_life, goes_through_delay_linger_and_draining) {
  EXPECT_EQ(phases.at(), serving);
  EXPECT_EQ(phases.wake_at(), std::nullopt);
  EXPECT_EQ(signal(terminate), delay);
  EXPECT_EQ(phases.wake_at(), time.now().mono + 5s);
  EXPECT_EQ(after(4999ms), delay);
  EXPECT_EQ(after(1ms), linger);
  EXPECT_EQ(after(2999ms), linger);
  EXPECT_EQ(after(1ms), draining);
  EXPECT_EQ(phases.wake_at(), std::nullopt) << "the servers keep the grace";
  EXPECT_EQ(phases.grace_left(time.now().mono), 22s) << "of 25 s, lingering took three";
}

TEST_F(a_life, without_delay_and_linger_drains_at_once_with_the_whole_grace) {
  phases = shutdown_phases({.delay = 0s, .linger = 0s, .grace = 25s});
  EXPECT_EQ(signal(terminate), draining);
  EXPECT_EQ(phases.grace_left(time.now().mono), 25s);
}

TEST_F(a_life, lingers_as_long_as_requests_come) {
  signal(terminate);
  after(5s);
  for (int i = 0; i < 5; ++i) {
    ++requests;
    EXPECT_EQ(after(2900ms), linger);
  }
  EXPECT_EQ(after(2999ms), linger);
  EXPECT_EQ(after(1ms), draining);
}

TEST_F(a_life, notices_that_requests_ended_within_a_tenth_of_the_linger) {
  phases = shutdown_phases({.delay = 0s, .linger = 1s, .grace = 25s});
  signal(terminate);
  for (int i = 0; i < 20; ++i) {
    ++requests;
    after(100ms);
  }
  const auto took = until_draining(0s, 10s);
  EXPECT_GE(took, 900ms);
  EXPECT_LE(took, 1100ms);
}

TEST_F(a_life, lingers_no_longer_than_the_grace_and_then_still_answers_what_is_under_way) {
  signal(terminate);
  after(5s);
  EXPECT_EQ(until_draining(1s, 1min), 25s);
  EXPECT_EQ(phases.grace_left(time.now().mono), shutdown_phases::least_drain);
}

TEST_F(a_life, with_a_short_grace_is_short) {
  phases = shutdown_phases({.delay = 0s, .linger = 3s, .grace = 100ms});
  signal(terminate);
  EXPECT_EQ(until_draining(10ms, 1min), 100ms);
  EXPECT_EQ(phases.grace_left(time.now().mono), 100ms);
}

TEST_F(a_life, a_second_signal_skips_the_delay_a_third_the_grace_and_a_fourth_ends_it) {
  signal(terminate);
  after(1s);
  EXPECT_EQ(signal(terminate), draining);
  EXPECT_EQ(phases.grace_left(time.now().mono), 25s) << "which then begins";
  EXPECT_EQ(signal(terminate), closing);
  EXPECT_EQ(signal(terminate), ended);
}

TEST_F(a_life, a_second_signal_skips_the_linger) {
  signal(terminate);
  EXPECT_EQ(after(6s), linger);
  EXPECT_EQ(signal(interrupt), draining);
  EXPECT_EQ(phases.grace_left(time.now().mono), 24s);
}

TEST_F(a_life, a_person_at_a_terminal_does_not_wait) { EXPECT_EQ(signal(interrupt), draining); }

TEST_F(a_life, who_has_a_successor_neither_delays_nor_lingers) {
  EXPECT_EQ(signal(succeeded), draining);
  EXPECT_EQ(phases.grace_left(time.now().mono), 25s);
}

}  // namespace
}  // namespace sidecache::app
