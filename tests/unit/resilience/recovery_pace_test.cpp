#include "resilience/recovery_pace.hpp"

#include <gtest/gtest.h>

namespace sidecache::resilience {
namespace {

using namespace std::chrono_literals;
using proxy::urgency;

struct history {
  recovery_pace pace;
  mono_time now{1h};

  void answers(int a_second, duration how_long) {
    for (const mono_time end = now + how_long; now < end; now += 1'000'000'000ns / a_second) pace.succeeded(now);
  }
  void fails(int times, duration apart = 1s) {
    for (int i = 0; i < times; ++i) pace.failed(now += apart);
  }
  /// How many pass of those who ask so often, and are answered at once.
  int pass(int a_second, duration how_long, urgency how = urgency::stale_held) {
    int passed = 0;
    for (const mono_time end = now + how_long; now < end; now += 1'000'000'000ns / a_second) {
      if (!pace.lets_pass(how, now)) continue;
      ++passed;
      pace.succeeded(now);
    }
    return passed;
  }
};

TEST(recovery_pace, in_peace_everybody_passes) {
  history h;
  EXPECT_EQ(h.pass(2000, 5s), 10'000);
}

TEST(recovery_pace, after_an_outage_less_than_twice_the_normal_rate_passes) {
  history h;
  h.answers(50, 5min);
  h.fails(600);
  EXPECT_EQ(h.pass(2000, 1ms), 1) << "the first answer is what ends the outage";
  ASSERT_TRUE(h.pace.recovering(h.now));
  EXPECT_NEAR(h.pace.pace(), 87.5, 2);
  EXPECT_NEAR(h.pass(2000, 10s), 875, 30);
  EXPECT_LE(h.pass(2000, 1s), 91) << "and in no second more";
}

TEST(recovery_pace, an_outage_that_nobody_has_seen_for_ten_seconds_holds_nobody_back) {
  history h;
  h.answers(50, 5min);
  h.fails(600);
  h.now += 10s;
  EXPECT_EQ(h.pass(2000, 1s), 2000);
  EXPECT_FALSE(h.pace.recovering(h.now));
}

TEST(recovery_pace, nor_does_it_count_in_the_normal_rate) {
  history h;
  h.answers(50, 5min);
  h.fails(600);
  h.now += 1h;
  h.pace.succeeded(h.now);
  EXPECT_NEAR(h.pace.pace(), 87.5, 2);
}

TEST(recovery_pace, the_outage_itself_is_not_counted_in_the_normal_rate) {
  history h;
  h.answers(50, 5min);
  h.fails(36000);
  h.pace.succeeded(h.now);
  EXPECT_NEAR(h.pace.pace(), 87.5, 2);
}

TEST(recovery_pace, one_recovery_does_not_double_the_next_ones_pace) {
  history h;
  h.answers(50, 5min);
  for (int outage = 0; outage < 5; ++outage) {
    h.fails(20);
    h.pace.succeeded(h.now);
    h.pass(2000, 20s);
    h.pass(20, 10s);
    ASSERT_FALSE(h.pace.recovering(h.now));
  }
  EXPECT_LE(h.pace.pace(), 89.5);
}

TEST(recovery_pace, some_pass_however_little_was_normal) {
  history h;
  h.answers(1, 1min);
  h.fails(10);
  h.pace.succeeded(h.now);
  EXPECT_NEAR(h.pass(2000, 5s), 87.5, 5);
}

TEST(recovery_pace, misses_always_pass_and_leave_less_for_the_rest) {
  history h;
  h.answers(50, 5min);
  h.fails(20);
  h.pace.succeeded(h.now);
  EXPECT_EQ(h.pass(250, 2s, urgency::miss), 500);
  EXPECT_LE(h.pass(2000, 1s), 2) << "they are in debt for a second's worth";
}

TEST(recovery_pace, ends_when_less_is_wanted_than_it_allows_for_three_seconds) {
  history h;
  h.answers(50, 5min);
  h.fails(20);
  h.pace.succeeded(h.now);
  h.pass(2000, 10s);
  EXPECT_TRUE(h.pace.recovering(h.now));
  h.pass(80, 3500ms);
  EXPECT_FALSE(h.pace.recovering(h.now));
  EXPECT_EQ(h.pass(2000, 1s), 2000);
}

TEST(recovery_pace, ends_when_nobody_wants_anything) {
  history h;
  h.fails(10);
  h.pace.succeeded(h.now);
  EXPECT_TRUE(h.pace.recovering(h.now));
  EXPECT_FALSE(h.pace.recovering(h.now + 10s));
}

TEST(recovery_pace, a_few_failures_among_answers_are_no_outage) {
  history h;
  for (int i = 0; i < 100; ++i) {
    h.answers(50, 1s);
    h.fails(9, 1ms);
  }
  EXPECT_FALSE(h.pace.recovering(h.now));
  EXPECT_EQ(h.pass(2000, 1s), 2000);
}

TEST(recovery_pace, a_few_failures_after_a_silence_are_one) {
  history h;
  h.answers(50, 10s);
  h.now += 10s;
  h.fails(3, 1ms);
  h.pace.succeeded(h.now);
  EXPECT_TRUE(h.pace.recovering(h.now));
}

TEST(recovery_pace, an_outage_may_come_back_and_leaves_the_pace_as_it_was) {
  history h;
  h.answers(50, 5min);
  h.fails(20);
  h.pace.succeeded(h.now);
  h.pass(2000, 1s);
  h.fails(10, 1ms);
  EXPECT_FALSE(h.pace.recovering(h.now));
  h.pace.succeeded(h.now);
  EXPECT_TRUE(h.pace.recovering(h.now));
  EXPECT_NEAR(h.pace.pace(), 87.5, 2);
}

}  // namespace
}  // namespace sidecache::resilience
