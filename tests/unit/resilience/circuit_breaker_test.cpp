// The breaker, stepped through time: when it opens, what it lets through while open, and what closes it.
#include "resilience/circuit_breaker.hpp"

#include <gtest/gtest.h>

namespace sidecache::resilience {
namespace {

using namespace std::chrono_literals;

class circuit_breaker_test : public ::testing::Test {
 protected:
  /// One attempt that ends at once. False: it was not admitted.
  bool attempt(finding what, duration took = 1ms) {
    const auto ticket = breaker.admit(now);
    if (!ticket) return false;
    breaker.settle(*ticket, what, took, now);
    return true;
  }
  void attempts(int count, finding what, duration took = 1ms) {
    for (int i = 0; i < count; ++i) attempt(what, took);
  }
  void open_it() {
    attempts(5, finding::failed);
    ASSERT_EQ(breaker.state(), breaker_state::open);
  }

  breaker_settings settings;
  circuit_breaker breaker{settings};
  mono_time now{1h};
};

TEST_F(circuit_breaker_test, too_few_requests_say_nothing) {
  attempts(4, finding::failed);
  EXPECT_EQ(breaker.state(), breaker_state::closed);
  attempt(finding::failed);
  EXPECT_EQ(breaker.state(), breaker_state::open);
}

TEST_F(circuit_breaker_test, it_opens_when_half_of_them_fail) {
  attempts(6, finding::well);
  attempts(5, finding::failed);
  EXPECT_EQ(breaker.state(), breaker_state::closed) << "5 of 11";
  attempt(finding::failed);
  EXPECT_EQ(breaker.state(), breaker_state::open) << "6 of 12";
}

TEST_F(circuit_breaker_test, it_opens_when_most_are_slow) {
  attempts(4, finding::well, 9s);
  attempt(finding::well);
  EXPECT_EQ(breaker.state(), breaker_state::open) << "4 of 5 are 80 percent";
}

TEST_F(circuit_breaker_test, failures_that_left_the_window_are_forgotten) {
  attempts(4, finding::failed);
  now += 10s;
  attempts(4, finding::failed);
  EXPECT_EQ(breaker.state(), breaker_state::closed);
  EXPECT_EQ(breaker.in_window(now).seen, 4U);
}

TEST_F(circuit_breaker_test, failures_of_different_slices_of_the_window_count_together) {
  for (int i = 0; i < 5; ++i, now += 1900ms) attempt(finding::failed);
  EXPECT_EQ(breaker.state(), breaker_state::open);
}

TEST_F(circuit_breaker_test, what_says_nothing_of_its_health_is_not_counted) {
  attempts(20, finding::alive);
  attempts(20, finding::nothing);
  EXPECT_EQ(breaker.in_window(now).seen, 0U);
}

TEST_F(circuit_breaker_test, open_it_refuses_everything_and_says_for_how_long) {
  open_it();
  EXPECT_FALSE(breaker.admit(now));
  EXPECT_EQ(breaker.retry_after(now), 1s);
  now += 999ms;
  EXPECT_FALSE(breaker.admit(now));
  EXPECT_EQ(breaker.retry_after(now), 1ms);
}

TEST_F(circuit_breaker_test, half_open_there_is_one_probe_at_a_time) {
  open_it();
  now += 1s;
  const auto probe = breaker.admit(now);
  ASSERT_TRUE(probe);
  EXPECT_TRUE(probe->probe);
  EXPECT_EQ(breaker.state(), breaker_state::half_open);
  now += 1h;
  EXPECT_FALSE(breaker.admit(now)) << "the first has not ended";
}

TEST_F(circuit_breaker_test, probes_begin_no_sooner_than_a_second_after_one_another) {
  open_it();
  now += 1s;
  ASSERT_TRUE(attempt(finding::well));
  EXPECT_FALSE(breaker.admit(now));
  now += 1s;
  EXPECT_TRUE(attempt(finding::well));
}

TEST_F(circuit_breaker_test, three_probes_in_a_row_close_it_with_an_empty_window) {
  open_it();
  for (int i = 0; i < 3; ++i) {
    now += 1s;
    ASSERT_TRUE(attempt(i == 1 ? finding::alive : finding::well));
  }
  EXPECT_EQ(breaker.state(), breaker_state::closed);
  attempts(4, finding::failed);
  EXPECT_EQ(breaker.state(), breaker_state::closed) << "what was before it opened is forgotten";
}

TEST_F(circuit_breaker_test, a_failed_or_slow_probe_opens_it_again_and_the_count_begins_anew) {
  open_it();
  for (int i = 0; i < 2; ++i) {
    now += 1s;
    attempt(finding::well);
  }
  now += 1s;
  ASSERT_TRUE(attempt(finding::well, 9s));
  EXPECT_EQ(breaker.state(), breaker_state::open);
  EXPECT_FALSE(attempt(finding::well));
  for (int i = 0; i < 2; ++i) {
    now += 1s;
    ASSERT_TRUE(attempt(finding::well));
  }
  EXPECT_EQ(breaker.state(), breaker_state::half_open);
}

TEST_F(circuit_breaker_test, a_probe_that_is_given_back_may_be_taken_by_another) {
  open_it();
  now += 1s;
  const auto probe = breaker.admit(now);
  ASSERT_TRUE(probe);
  breaker.give_back(*probe);
  EXPECT_FALSE(breaker.admit(now)) << "still one a second";
  now += 1s;
  EXPECT_TRUE(breaker.admit(now));
}

TEST_F(circuit_breaker_test, what_was_under_way_when_it_opened_changes_nothing_any_more) {
  const auto before = breaker.admit(now);
  ASSERT_TRUE(before);
  open_it();
  breaker.settle(*before, finding::well, 1ms, now);
  now += 1s;
  ASSERT_TRUE(breaker.admit(now));
  for (int i = 0; i < 10; ++i) breaker.settle(*before, finding::failed, 1ms, now);  // as if ten had been
  EXPECT_EQ(breaker.state(), breaker_state::half_open);
  EXPECT_FALSE(breaker.admit(now + 1h)) << "the probe's place is still taken";
}

TEST_F(circuit_breaker_test, what_passes_an_open_breaker_is_not_counted) {
  open_it();
  now += 1s;
  for (int i = 0; i < 9; ++i) breaker.settle(breaker.pass(), finding::well, 1ms, now);
  EXPECT_EQ(breaker.state(), breaker_state::open);
}

TEST_F(circuit_breaker_test, a_gone_upstream_sees_one_attempt_a_second_whatever_the_load) {
  open_it();
  int asked = 0;
  for (int lookup = 0; lookup < 2000 * 60; ++lookup, now += 500us) asked += attempt(finding::failed) ? 1 : 0;
  EXPECT_LE(asked, 60);
  EXPECT_GE(asked, 58);
}

TEST_F(circuit_breaker_test, after_a_silence_all_who_come_together_are_let_in_and_the_first_result_decides) {
  for (const finding what : {finding::well, finding::failed}) {
    open_it();
    now += 10s + 1ns;
    const auto first = breaker.admit(now);
    const auto second = breaker.admit(now);
    ASSERT_TRUE(first && second) << "none avoids it";
    EXPECT_TRUE(first->probe && second->probe);
    breaker.settle(*first, what, 1ms, now);
    const bool well = what == finding::well;
    EXPECT_EQ(breaker.state(), well ? breaker_state::closed : breaker_state::open);
    EXPECT_EQ(breaker.admit(now).has_value(), well);
    breaker.settle(*second, finding::failed, 1ms, now);
    EXPECT_EQ(breaker.state(), well ? breaker_state::closed : breaker_state::open) << "of an era that is over";
  }
}

TEST_F(circuit_breaker_test, a_silence_while_half_open_is_one_too) {
  open_it();
  now += 1s;
  attempt(finding::well);
  now += 10s;
  EXPECT_TRUE(attempt(finding::well));
  EXPECT_FALSE(attempt(finding::well)) << "ten seconds are none yet";
  now += 11s;
  EXPECT_TRUE(attempt(finding::well));
  EXPECT_EQ(breaker.state(), breaker_state::closed);
}

TEST_F(circuit_breaker_test, while_it_fails_now_and_then_it_stays_open) {
  open_it();
  for (int i = 0; i < 100; ++i) {
    now += 9s;
    EXPECT_TRUE(attempt(finding::failed));
    EXPECT_FALSE(attempt(finding::failed));
  }
}

}  // namespace
}  // namespace sidecache::resilience
