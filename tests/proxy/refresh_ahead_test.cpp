// Entries in use are fetched anew before they end: most used first, spread out, within a rate.
#include <gtest/gtest.h>

#include "proxy/world.hpp"

namespace sidecache::tests {
namespace {

proxy::settings without_stale() {
  proxy::settings s;
  s.freshness.stale_while_revalidate = 0s;
  return s;
}
void use(world& w, int times) {
  for (int i = 0; i < times; ++i) w.get(openai_path);
}

TEST(refresh_ahead, a_record_in_use_makes_nobody_wait) {
  world w(without_stale());
  w.origin.says(openai_path, openai_record);
  w.get(openai_path);
  int waited = 0;
  for (int second = 0; second < 300; ++second) {
    w.clock.advance(1s);
    waited += w.get(openai_path).outcome != outcome::hit ? 1 : 0;
  }
  EXPECT_EQ(waited, 0);
  EXPECT_LE(w.origin.count(openai_path), 12) << "and nobody asks much oftener than every 30 seconds";
}

TEST(refresh_ahead, what_is_asked_for_now_and_then_is_not_worth_it) {
  world w(without_stale());
  w.origin.says(openai_path, openai_record);
  w.get(openai_path);
  use(w, 8);
  w.clock.advance(29900ms);
  EXPECT_EQ(w.get(openai_path).outcome, outcome::hit);
  EXPECT_EQ(w.origin.count(openai_path), 1);
  EXPECT_EQ(w.get(openai_path).outcome, outcome::hit) << "its tenth use";
  EXPECT_EQ(w.origin.count(openai_path), 2);
}

TEST(refresh_ahead, begins_in_the_last_part_and_once) {
  world w(without_stale());
  w.origin.says(openai_path, openai_record);
  w.get(openai_path);
  use(w, 20);
  w.clock.advance(26900ms);
  use(w, 20);
  EXPECT_EQ(w.origin.count(openai_path), 1) << "not before the last tenth";
  w.origin.fails(openai_path, proxy::failure_kind::timeout);
  w.clock.advance(3s);
  use(w, 20);
  EXPECT_EQ(w.origin.count(openai_path), 2) << "one that fails is not repeated with every hit";
  EXPECT_EQ(w.get(openai_path).outcome, outcome::hit) << "and changes nothing";
}

TEST(refresh_ahead, a_setting_turns_it_off) {
  auto s = without_stale();
  s.refresh_ahead = 0;
  world w(s);
  w.origin.says(openai_path, openai_record);
  w.get(openai_path);
  use(w, 50);
  w.clock.advance(29900ms);
  use(w, 50);
  EXPECT_EQ(w.origin.count(openai_path), 1);
}

cache::entry entry_of(duration ttl) {
  cache::entry e;
  e.stored_at = mono_time{1h};
  e.fresh_until = e.stored_at + ttl;
  return e;
}

TEST(refresh_ahead, keys_that_were_stored_together_are_due_apart) {
  const auto e = entry_of(100s);
  const auto due_at = [&](std::uint64_t salt) {
    auto now = e.stored_at;
    while (!proxy::is_refresh_due(e, 10, salt, 10, now)) now += 10ms;
    return e.fresh_until - now;
  };
  EXPECT_LE(due_at(255), 10s);
  EXPECT_GE(due_at(255), 9900ms);
  EXPECT_LE(due_at(0), 5s);
  EXPECT_FALSE(proxy::is_refresh_due(e, 10, 255, 10, e.fresh_until)) << "then it is another's to say";
  EXPECT_FALSE(proxy::is_refresh_due(e, 9, 255, 10, e.fresh_until - 1s));
}

TEST(refresh_budget, a_small_one_has_one_for_the_less_used_too) {
  proxy::refresh_budget budget(1);
  const mono_time now{1h};
  EXPECT_TRUE(budget.take(now, 10)) << "else a record used ten times a TTL would never be refreshed";
  EXPECT_FALSE(budget.take(now + 900ms, 1000));
  EXPECT_TRUE(budget.take(now + 1s, 10));
}

TEST(refresh_budget, has_a_rate_and_leaves_its_burst_to_the_most_used) {
  proxy::refresh_budget budget(100);
  mono_time now{1h};
  int often = 0;
  int seldom = 0;
  while (seldom < 1000 && budget.take(now, 10)) ++seldom;
  while (often < 1000 && budget.take(now, 1000)) ++often;
  EXPECT_EQ(seldom, 10);
  EXPECT_EQ(often, 90) << "a second's worth in all";
  EXPECT_FALSE(budget.take(now, 1000));
  now += 1s;
  EXPECT_TRUE(budget.take(now, 10));
  EXPECT_FALSE(proxy::refresh_budget(0).take(now, 1000));
}

}  // namespace
}  // namespace sidecache::tests
