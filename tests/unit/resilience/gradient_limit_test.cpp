#include "resilience/gradient_limit.hpp"

#include <gtest/gtest.h>

namespace sidecache::resilience {
namespace {

using namespace std::chrono_literals;

/// A control plane that `used` requests are under way to all the time, each taking so long.
struct steady {
  gradient_limit limit{4, 100};
  mono_time now{1h};

  /// No more are under way than the limit lets.
  void serves(duration latency, duration how_long, std::size_t wanted = 1000) {
    const mono_time end = now + how_long;
    while (now < end) {
      const std::size_t in_flight = std::min(wanted, limit.limit());
      now += latency / in_flight;
      limit.answered(now, latency, in_flight);
    }
  }
  void times_out(int times) {
    for (int i = 0; i < times; ++i) limit.timed_out(now += 150ms, limit.limit());
  }
};

TEST(gradient_limit, begins_at_the_most_and_stays_there_while_latency_is_as_ever) {
  steady s;
  EXPECT_EQ(s.limit.limit(), 100U);
  s.serves(50ms, 60s);
  EXPECT_EQ(s.limit.limit(), 100U);
}

TEST(gradient_limit, five_times_the_latency_takes_it_to_a_few) {
  steady s;
  s.serves(50ms, 10s);
  s.serves(250ms, 10s);
  EXPECT_LE(s.limit.limit(), 6U);
  EXPECT_GE(s.limit.limit(), 4U);
}

TEST(gradient_limit, recovers_with_the_latency) {
  steady s;
  s.serves(50ms, 10s);
  s.serves(250ms, 10s);
  s.serves(50ms, 10s);
  EXPECT_GE(s.limit.limit(), 90U);
}

TEST(gradient_limit, a_latency_half_as_long_again_is_as_ever) {
  steady s;
  s.serves(50ms, 10s);
  s.serves(74ms, 10s);
  EXPECT_EQ(s.limit.limit(), 100U);
}

TEST(gradient_limit, grows_no_further_than_twice_what_is_used) {
  steady s;
  s.serves(50ms, 10s);
  s.serves(250ms, 10s);
  s.serves(50ms, 60s, 10);
  EXPECT_GE(s.limit.limit(), 18U);
  EXPECT_LE(s.limit.limit(), 22U);
}

TEST(gradient_limit, falls_by_a_tenth_with_each_window_of_timeouts_and_not_below_the_least) {
  steady s;
  s.times_out(2);
  EXPECT_LT(s.limit.limit(), 100U);
  s.times_out(200);
  EXPECT_EQ(s.limit.limit(), 4U);
}

TEST(gradient_limit, what_is_slower_for_good_is_believed_in_the_end) {
  steady s;
  s.serves(50ms, 10s);
  s.serves(150ms, 20s);
  EXPECT_LT(s.limit.limit(), 50U);
  s.serves(150ms, 20min);
  EXPECT_GE(s.limit.limit(), 90U);
}

TEST(gradient_limit, a_few_milliseconds_more_are_this_machines) {
  steady s;
  s.serves(1ms, 10s);
  s.serves(9ms, 10s);
  EXPECT_EQ(s.limit.limit(), 100U);
}

TEST(gradient_limit, the_least_is_never_over_the_most) {
  EXPECT_EQ(gradient_limit(4, 2).limit(), 2U);
  gradient_limit narrow(4, 2);
  mono_time now{1h};
  for (int i = 0; i < 100; ++i) narrow.timed_out(now += 1s, 2);
  EXPECT_EQ(narrow.limit(), 2U);
}

}  // namespace
}  // namespace sidecache::resilience
