#include "resilience/fair_queue.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <memory>
#include <string>

namespace sidecache::resilience {
namespace {

using namespace std::chrono_literals;
using proxy::urgency;

constexpr mono_time t0{1h};

digest128 who(char name) {
  digest128 out{};
  out.fill(static_cast<unsigned char>(name));
  return out;
}

struct line {
  explicit line(std::size_t capacity) : queue(capacity) {}

  /// Whom it costs the place: '-' for nobody.
  char comes(char name, urgency how = urgency::miss, mono_time deadline = t0 + 1h) {
    auto& one = waiters.emplace_back(std::make_unique<fair_queue::waiter>(how, who(name), deadline));
    const auto* const loser = queue.push(*one);
    return loser == nullptr ? '-' : static_cast<char>(loser->credential[0]);
  }
  void come(const std::string& names, urgency how = urgency::miss) {
    for (const char each : names) EXPECT_EQ(comes(each, how), '-') << each;
  }
  std::string order() {
    std::string out;
    while (const auto* const next = queue.pop()) out.push_back(static_cast<char>(next->credential[0]));
    return out;
  }

  fair_queue queue;
  std::deque<std::unique_ptr<fair_queue::waiter>> waiters;
};

TEST(fair_queue, credentials_take_turns_however_many_one_has_in_line) {
  line l(100);
  l.come("aaaaaabcb");
  EXPECT_EQ(l.order(), "abcabaaaa");
}

TEST(fair_queue, of_one_credential_first_come_is_first_served) {
  line l(100);
  l.come("aaa");
  for (const auto& each : l.waiters) EXPECT_EQ(l.queue.pop(), each.get());
}

TEST(fair_queue, who_comes_late_is_behind_one_turn_of_each_and_not_behind_all) {
  line l(100);
  l.come("aaaaaaaab");
  EXPECT_EQ(l.queue.ahead_of(urgency::miss, who('c')), 2U);
  EXPECT_EQ(l.queue.ahead_of(urgency::miss, who('b')), 3U) << "its own one, and two turns of a";
  EXPECT_EQ(l.queue.ahead_of(urgency::miss, who('a')), 9U);
  EXPECT_EQ(l.queue.ahead_of(urgency::stale_held, who('c')), 9U) << "all that are more urgent";
}

TEST(fair_queue, misses_come_before_those_who_could_be_given_something_stale) {
  line l(100);
  l.come("a", urgency::stale_held);
  l.come("bb", urgency::miss);
  EXPECT_EQ(l.order(), "bba");
}

TEST(fair_queue, full_the_least_urgent_loses) {
  line l(3);
  l.come("a", urgency::stale_held);
  l.come("bb", urgency::miss);
  EXPECT_EQ(l.comes('c', urgency::refresh), 'c');
  EXPECT_EQ(l.comes('c', urgency::miss), 'a');
  EXPECT_EQ(l.comes('d', urgency::stale_held), 'd') << "now all in line are misses";
  EXPECT_EQ(l.order(), "bcb");
}

TEST(fair_queue, full_the_credential_with_the_most_in_line_loses_its_newest) {
  line l(4);
  l.come("aaab");
  EXPECT_EQ(l.comes('b'), 'a');
  EXPECT_FALSE(l.waiters[2]->in_line()) << "a's newest";
  EXPECT_TRUE(l.waiters[1]->in_line());
  EXPECT_EQ(l.comes('c'), 'a') << "the first of two that have as many";
  EXPECT_EQ(l.queue.waiting(), 4U);
}

TEST(fair_queue, full_one_that_floods_refuses_itself) {
  line l(4);
  l.come("aaaa");
  EXPECT_EQ(l.comes('a'), 'a');
  EXPECT_FALSE(l.waiters.back()->in_line()) << "the newcomer, not one that waited longer";
}

TEST(fair_queue, full_nobody_is_pushed_out_for_his_equal) {
  line l(2);
  l.come("ab");
  EXPECT_EQ(l.comes('a'), 'a');
  EXPECT_FALSE(l.waiters.back()->in_line());
  EXPECT_EQ(l.comes('c'), 'c');
}

TEST(fair_queue, a_line_of_no_places_refuses_everybody) {
  line l(0);
  EXPECT_EQ(l.comes('a'), 'a');
}

TEST(fair_queue, who_is_destroyed_leaves_no_trace) {
  line l(100);
  l.come("aab");
  l.waiters.pop_back();
  l.waiters.pop_front();
  EXPECT_EQ(l.queue.waiting(), 1U);
  EXPECT_EQ(l.order(), "a");
  EXPECT_EQ(l.queue.ahead_of(urgency::miss, who('c')), 0U);
  EXPECT_EQ(l.queue.next_deadline(), mono_time::max());
}

TEST(fair_queue, waiters_may_outlive_it) {
  auto queue = std::make_unique<fair_queue>(5);
  fair_queue::waiter one(urgency::miss, who('a'), t0);
  EXPECT_EQ(queue->push(one), nullptr);
  queue.reset();
  EXPECT_FALSE(one.in_line());
}

TEST(fair_queue, finds_those_whose_deadline_passed) {
  line l(100);
  l.comes('a', urgency::miss, t0 + 5s);
  l.comes('b', urgency::stale_held, t0 + 2s);
  EXPECT_EQ(l.queue.next_deadline(), t0 + 2s);
  EXPECT_EQ(l.queue.pop_expired(t0 + 1s), nullptr);
  EXPECT_EQ(l.queue.pop_expired(t0 + 2s), l.waiters[1].get());
  EXPECT_EQ(l.queue.pop_expired(t0 + 2s), nullptr);
  EXPECT_EQ(l.queue.next_deadline(), t0 + 5s);
}

}  // namespace
}  // namespace sidecache::resilience
