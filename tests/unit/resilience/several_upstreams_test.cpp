// Two control planes: order, failover, fail-back without flapping.
#include "unit/resilience/resilient_world.hpp"

namespace sidecache::resilience::in_tests {
namespace {

class two_upstreams : public resilient_world {
 protected:
  void SetUp() override { build(2); }
};

TEST_F(two_upstreams, the_first_is_asked_as_long_as_it_is_well) {
  for (int i = 0; i < 10; ++i) EXPECT_EQ(fetch(), "200");
  EXPECT_EQ(up(0).asked, 10);
  EXPECT_EQ(up(1).asked, 0);
}

TEST_F(two_upstreams, what_failed_long_ago_is_asked_again_as_if_nothing_had_been) {
  ruin(0);
  ruin(1);
  up(0).always({});
  pass(11s);
  const int before = up(0).asked;
  for (int i = 0; i < 3; ++i) EXPECT_EQ(fetch(), "200") << "at once, and not one a second";
  EXPECT_EQ(up(0).asked, before + 3);
  EXPECT_EQ(group->look()[0].state, breaker_state::closed);
}

TEST_F(two_upstreams, a_refused_connection_leads_to_the_other_at_once) {
  up(0).fails(failure_kind::connect);
  const auto before = time.now().mono;
  EXPECT_EQ(fetch(proxy::urgency::refresh), "200");
  EXPECT_EQ(time.now().mono, before);
  EXPECT_EQ(counted(repetition::failed_over), 1U);
  EXPECT_EQ(counted(repetition::retried), 0U);
}

TEST_F(two_upstreams, other_failures_are_retried_at_the_other) {
  up(0).says(502);
  EXPECT_EQ(fetch(), "200");
  EXPECT_EQ(up(1).asked, 1);
  EXPECT_EQ(counted(repetition::retried), 1U);
}

TEST_F(two_upstreams, with_the_first_ejected_the_second_answers_and_one_probe_a_second_goes_to_the_first) {
  ruin(0);
  const int before = up(0).asked;
  const auto retried = counted(repetition::retried);
  for (int ms = 0; ms < 10'000; ms += 10) {
    EXPECT_EQ(fetch(), "200") << "a failed probe is repeated at the other";
    pass(10ms);
  }
  EXPECT_LE(up(0).asked - before, 10);
  EXPECT_GE(up(0).asked - before, 8);
  EXPECT_EQ(counted(repetition::retried), retried) << "at once, and at no cost";
}

TEST_F(two_upstreams, the_first_is_used_again_only_after_its_breaker_has_closed) {
  ruin(0);
  up(0).always({.status = 200});
  const int before = up(0).asked;
  for (int ms = 0; ms < 2'990; ms += 10) {
    fetch();
    pass(10ms);
  }
  EXPECT_EQ(up(0).asked - before, 2) << "probes";
  pass(1s);
  for (int i = 0; i < 10; ++i) fetch();
  EXPECT_EQ(up(0).asked - before, 12);
}

TEST_F(two_upstreams, with_both_gone_each_is_asked_once_a_second) {
  ruin(0);
  ruin(1);
  const int before = up(0).asked + up(1).asked;
  for (int ms = 0; ms < 10'000; ms += 5) {
    fetch();
    pass(5ms);
  }
  EXPECT_LE(up(0).asked + up(1).asked - before, 20);
}

TEST_F(two_upstreams, a_write_goes_to_the_first_healthy_one_and_elsewhere_only_if_nothing_was_sent) {
  up(0).fails(failure_kind::connect);
  EXPECT_EQ(write(), "200");
  EXPECT_EQ(up(1).asked, 1);
  up(0).fails(failure_kind::reset, true);
  EXPECT_EQ(write(), "reset");
  EXPECT_EQ(up(1).asked, 1);
  ruin(0);
  const int before = up(0).asked;
  EXPECT_EQ(write(), "200");
  EXPECT_EQ(up(0).asked, before);
}

TEST_F(two_upstreams, weights_share_lookups_out) {
  upstreams.clear();
  build(2, {3, 1});
  for (int i = 0; i < 100; ++i) {
    random = i / 100.0;
    fetch();
  }
  EXPECT_EQ(up(0).asked, 75);
  EXPECT_EQ(up(1).asked, 25);
}

}  // namespace
}  // namespace sidecache::resilience::in_tests
