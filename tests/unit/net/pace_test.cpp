// A peer may be slow in any shape but not for longer than the grace, whatever it did before.
#include "net/pace.hpp"

#include <gtest/gtest.h>

#include "base/manual_clock.hpp"

namespace sidecache::net {
namespace {

using namespace std::chrono_literals;

/// A peer that is waited for again and again, on a clock that stands still but for it.
struct pace_test : testing::Test {
  pace_limit limit{.bytes_per_second = 64, .grace = 10s};
  pace of{limit};
  manual_clock clock;
  mono_time begun = clock.now().mono;

  /// True if the peer might take so long for so many bytes, and another wait may follow.
  bool moves(std::uint64_t bytes, duration in) {
    if (!of.may_wait()) return false;
    const auto before = clock.now().mono;
    clock.advance(in);
    of.waited(clock.now().mono - before, bytes);
    return of.may_wait();
  }
  [[nodiscard]] duration elapsed() const { return clock.now().mono - begun; }
};

TEST_F(pace_test, a_byte_every_nine_seconds_is_never_silent_for_long_and_still_ends) {
  while (moves(1, 9s)) {
  }
  EXPECT_EQ(elapsed(), 18s);
}

TEST_F(pace_test, at_the_minimum_it_may_take_for_ever) {
  for (int i = 0; i < 10'000; ++i) ASSERT_TRUE(moves(64, 1s)) << i;
}

TEST_F(pace_test, bursts_are_as_good_as_a_steady_stream) {
  for (int i = 0; i < 1'000; ++i) ASSERT_TRUE(moves(64 * 25, 25s)) << i;
}

TEST_F(pace_test, a_pause_within_the_grace_is_forgiven) {
  EXPECT_TRUE(moves(0, 10s));
  EXPECT_FALSE(moves(0, 1ns));
}

TEST_F(pace_test, a_fast_beginning_buys_no_slow_end) {
  EXPECT_TRUE(moves(1'000'000'000, 1s));
  while (moves(1, 1s)) {
  }
  EXPECT_LE(elapsed(), 13s) << "a gigabyte would be patience for half a year";
}

TEST_F(pace_test, just_below_the_minimum_lasts_as_long_as_the_grace_covers_the_difference) {
  while (moves(32, 1s)) {
  }
  EXPECT_EQ(elapsed(), 21s) << "half of each second is overdrawn, so ten seconds last twenty";
}

TEST_F(pace_test, a_message_begins_with_the_whole_grace) {
  EXPECT_FALSE(moves(0, 11s));
  of.begin();
  EXPECT_TRUE(moves(0, 9s));
}

TEST_F(pace_test, without_a_minimum_there_is_none) {
  limit.bytes_per_second = 0;
  EXPECT_TRUE(moves(0, 24h));
}

TEST_F(pace_test, numbers_of_any_size_do_not_overflow) {
  limit.bytes_per_second = 1;
  EXPECT_TRUE(moves(std::numeric_limits<std::uint64_t>::max(), 1s));
  limit.bytes_per_second = std::numeric_limits<std::uint64_t>::max();
  EXPECT_TRUE(moves(std::numeric_limits<std::uint64_t>::max(), 1s));
}

}  // namespace
}  // namespace sidecache::net
