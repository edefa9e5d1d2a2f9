// Budget, back-off, latencies and the course of one request's attempts, without a clock.
#include <gtest/gtest.h>

#include "resilience/attempt_course.hpp"
#include "resilience/recent_latencies.hpp"
#include "resilience/retry_budget.hpp"

namespace sidecache::resilience {
namespace {

using namespace std::chrono_literals;
using what = next_step::what;

constexpr mono_time begin{1h};

int taken(retry_budget& budget, mono_time now) {
  int count = 0;
  while (budget.take(now)) ++count;
  return count;
}

TEST(retry_budget_test, a_quiet_process_may_retry_ten_times_in_ten_seconds) {
  retry_budget budget(10);
  EXPECT_EQ(taken(budget, begin), 10);
  EXPECT_EQ(taken(budget, begin + 9s), 0);
  EXPECT_EQ(taken(budget, begin + 10s), 10);
}

TEST(retry_budget_test, a_busy_one_as_often_as_its_share_of_requests_allows) {
  retry_budget budget(10);
  for (int i = 0; i < 1000; ++i) budget.request(begin + i * 1ms);
  EXPECT_EQ(taken(budget, begin + 1s), 110);
  for (int i = 0; i < 100; ++i) budget.request(begin + 5s);
  EXPECT_EQ(taken(budget, begin + 5s), 10);
  EXPECT_EQ(taken(budget, begin + 15s), 10) << "requests and retries are both forgotten";
}

TEST(backoff_test, it_doubles_up_to_a_second_and_is_drawn_from_nothing_to_that) {
  const retry_settings settings{.retries = 5, .backoff = 100ms};
  EXPECT_EQ(backoff_before(0, settings, 0.5), 50ms);
  EXPECT_EQ(backoff_before(1, settings, 0.5), 100ms);
  EXPECT_EQ(backoff_before(2, settings, 0.5), 200ms);
  EXPECT_EQ(backoff_before(60, settings, 0.5), 500ms);
  EXPECT_EQ(backoff_before(3, settings, 0), 0ms);
}

TEST(recent_latencies_test, fewer_than_twenty_say_nothing) {
  recent_latencies recent;
  for (int i = 0; i < 19; ++i) recent.add(1ms);
  EXPECT_FALSE(recent.p95());
  recent.add(1ms);
  EXPECT_EQ(recent.p95(), 1ms);
}

TEST(recent_latencies_test, they_are_those_of_the_last_128) {
  recent_latencies recent;
  for (int i = 0; i < 1024; ++i) recent.add(1h);
  for (int i = 1; i <= 128; ++i) recent.add(i * 1ms);
  EXPECT_EQ(recent.median(), 65ms);
  EXPECT_EQ(recent.p95(), 122ms);
}

TEST(retry_rules_test, a_503_that_says_when_to_come_back_is_taken_at_its_word) {
  http::response_head head;
  head.status = 503;
  EXPECT_TRUE(is_worth_repeating(head));
  head.fields.add("Retry-After", "7");
  EXPECT_FALSE(is_worth_repeating(head));
  for (const unsigned once : {200U, 304U, 404U, 429U, 501U}) {
    head.status = once;
    EXPECT_FALSE(is_worth_repeating(head)) << once;
  }
}

class attempt_course_test : public ::testing::Test {
 protected:
  what after(attempt_end end, bool other = false, duration typical = 0s, mono_time now = begin) {
    return course.after(end, other, typical, 0.5, now).is;
  }
  retry_settings settings{.retries = 1, .backoff = 100ms};
  attempt_course course{settings, proxy::urgency::miss, begin + 1s};
  attempt_end broken{.upstream = 0, .worth_repeating = true};
};

TEST_F(attempt_course_test, a_retry_follows_a_pause_and_there_is_one) {
  const auto next = course.after(broken, false, 0s, 0.5, begin);
  EXPECT_EQ(next.is, what::pause);
  EXPECT_EQ(next.before, 50ms);
  EXPECT_EQ(after(broken), what::done);
}

TEST_F(attempt_course_test, good_answers_and_hopeless_ones_end_it) {
  EXPECT_EQ(after({.good = true}), what::done);
  EXPECT_EQ(after({.good = false}), what::done);
}

TEST_F(attempt_course_test, a_retry_that_could_not_end_in_time_is_not_begun) {
  EXPECT_EQ(after(broken, false, 960ms), what::no_time);
  EXPECT_EQ(after(broken, false, 0s, begin + 960ms), what::no_time);
  EXPECT_EQ(after(broken, false, 0s, begin + 1s), what::done) << "the deadline has passed";
  EXPECT_EQ(after(broken, false, 900ms), what::pause);
}

TEST_F(attempt_course_test, what_nobody_waits_for_is_not_retried_but_goes_elsewhere_for_free) {
  attempt_course background(settings, proxy::urgency::refresh, begin + 1s);
  EXPECT_EQ(background.after(broken, true, 0s, 0.5, begin).is, what::done);
  broken.free_elsewhere = true;
  EXPECT_EQ(background.after(broken, true, 0s, 0.5, begin).is, what::elsewhere);
}

TEST_F(attempt_course_test, going_elsewhere_costs_no_retry) {
  attempt_end refused{.upstream = 0, .worth_repeating = true, .free_elsewhere = true};
  EXPECT_EQ(after(refused, true), what::elsewhere);
  EXPECT_EQ(course.asked(), 1U);
  refused.upstream = 2;
  EXPECT_EQ(after(refused, false), what::pause) << "the others were all asked";
  EXPECT_EQ(course.asked(), 5U);
  EXPECT_EQ(after(refused, false), what::done);
}

}  // namespace
}  // namespace sidecache::resilience
