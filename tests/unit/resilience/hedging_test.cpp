// A lookup that is late is asked for a second time, and the first good answer counts.
#include "unit/resilience/resilient_world.hpp"

namespace sidecache::resilience::in_tests {
namespace {

class hedging : public resilient_world {
 protected:
  void SetUp() override {
    settings.hedging = true;
    build(2);
    up(0).always({.after = 10ms});
  }
  /// So many that what is late is known: 10 ms.
  void get_to_know() {
    for (int i = 0; i < 20; ++i) fetch();
  }
  std::shared_ptr<std::optional<fetched>> start(proxy::urgency how = proxy::urgency::miss) {
    proxy::upstream_request request;
    request.urgency = how;
    return begin(origin->fetch(std::move(request), 1000));
  }
};

TEST_F(hedging, nothing_is_late_before_twenty_are_known) {
  up(0).says(200, 10s);
  EXPECT_EQ(fetch(), "200");
  EXPECT_EQ(counted(repetition::hedged), 0U);
}

TEST_F(hedging, the_second_goes_to_the_other_upstream_and_may_win) {
  get_to_know();
  up(0).says(200, 10s);
  const auto came = start();
  pass(9ms);
  EXPECT_EQ(up(1).asked, 0);
  pass(1ms);
  EXPECT_EQ(up(1).asked, 1);
  ASSERT_TRUE(*came);
  EXPECT_TRUE(**came);
  EXPECT_EQ(counted(repetition::hedged), 1U);
  EXPECT_EQ(counted(repetition::hedge_won), 1U);
  EXPECT_EQ(up(0).stopped, 1) << "nobody waits for the first any more";
  EXPECT_EQ(group->look()[0].state, breaker_state::closed);
}

TEST_F(hedging, the_first_may_win_all_the_same) {
  get_to_know();
  up(0).says(200, 15ms);
  up(1).says(200, 10s);
  const auto came = start();
  pass(15ms);
  ASSERT_TRUE(*came);
  EXPECT_EQ(counted(repetition::hedge_won), 0U);
  EXPECT_EQ(up(1).stopped, 1);
}

TEST_F(hedging, a_bad_answer_does_not_win) {
  get_to_know();
  up(0).says(200, 30ms);
  up(1).says(500);
  const auto came = start();
  pass(15ms);
  EXPECT_FALSE(*came);
  pass(15ms);
  ASSERT_TRUE(*came && **came);
  EXPECT_EQ((**came)->head.status, 200U);
}

TEST_F(hedging, with_both_bad_the_usual_follows) {
  get_to_know();
  up(0).fails(failure_kind::reset, true, 20ms);
  up(1).fails(failure_kind::reset, true, 5ms);
  EXPECT_EQ(fetch(), "200") << "a retry";
  EXPECT_EQ(counted(repetition::retried), 1U);
}

TEST_F(hedging, one_that_is_in_time_is_asked_once) {
  get_to_know();
  up(0).says(200, 9ms);
  EXPECT_EQ(fetch(), "200");
  up(0).says(200);
  EXPECT_EQ(fetch(), "200");
  EXPECT_EQ(up(1).asked, 0);
}

TEST_F(hedging, a_second_that_is_not_needed_before_it_could_start_is_harmless) {
  get_to_know();
  up(0).says(200, 10ms);  // at the very moment at which it is late
  EXPECT_EQ(fetch(), "200");
  EXPECT_EQ(counted(repetition::hedge_won), 0U);
}

TEST_F(hedging, what_nobody_waits_for_and_what_the_budget_does_not_allow_is_asked_once) {
  get_to_know();
  up(0).says(200, 1s);
  start(proxy::urgency::refresh);
  pass(1s);
  EXPECT_EQ(up(1).asked, 0);
  while (group->take_from_budget(time.now().mono)) {
  }
  up(0).says(200, 1s);
  start();
  pass(1s);
  EXPECT_EQ(up(1).asked, 0);
  EXPECT_EQ(counted(repetition::budget_spent), 1U);
}

TEST_F(hedging, a_lookup_that_is_left_behind_ends_with_its_origin) {
  get_to_know();
  up(0).says(200, 10s);
  up(1).says(200, 10s);
  const auto came = start();
  pass(20ms);
  EXPECT_EQ(up(1).asked, 1);
  EXPECT_FALSE(*came);
}

}  // namespace
}  // namespace sidecache::resilience::in_tests
