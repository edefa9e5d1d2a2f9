// Checks feed the breaker, and are its probes while it is open.
#include "resilience/active_checks.hpp"

#include "unit/resilience/resilient_world.hpp"

namespace sidecache::resilience::in_tests {
namespace {

class checking : public resilient_world {
 protected:
  void SetUp() override {
    build(1);
    checks.emplace(context.get_executor(), std::vector<proxy::origin*>{upstreams[0].get()}, *group,
                   check_settings{.path = "/health", .interval = 5s, .timeout = 8s}, time, wake);
  }
  std::optional<active_checks> checks;
};

TEST_F(checking, one_each_interval) {
  pass(4999ms);
  EXPECT_EQ(up(0).asked, 0);
  pass(1ms);
  EXPECT_EQ(up(0).asked, 1);
  pass(50s);
  EXPECT_EQ(up(0).asked, 11);
  EXPECT_EQ(up(0).deadlines.back(), time.now().mono + 8s);
}

TEST_F(checking, none_while_the_last_is_under_way) {
  up(0).says(200, 12s);
  pass(15s);
  EXPECT_EQ(up(0).asked, 1);
  pass(5s);
  EXPECT_EQ(up(0).asked, 2);
}

TEST_F(checking, failed_ones_open_the_breaker_and_good_ones_close_it) {
  breaker.window = 1min;
  checks.reset();
  upstreams.clear();
  SetUp();
  up(0).always({.failure = proxy::failure{failure_kind::connect, false, "scripted"}});
  pass(25s);
  EXPECT_EQ(group->look()[0].state, breaker_state::open);
  EXPECT_EQ(fetch(), "avoided");
  up(0).always({.status = 404});
  pass(15s);
  EXPECT_EQ(group->look()[0].state, breaker_state::closed);
}

TEST_F(checking, checks_and_lookups_together_probe_no_more_than_the_breaker_allows) {
  ruin(0);
  const int before = up(0).asked;
  for (int ms = 0; ms < 20'000; ms += 10) {
    pass(10ms);
    fetch();
  }
  EXPECT_LE(up(0).asked - before, 20);
}

TEST_F(checking, without_a_path_there_are_none) {
  checks.emplace(context.get_executor(), std::vector<proxy::origin*>{upstreams[0].get()}, *group, check_settings{},
                 time, wake);
  pass(1h);
  EXPECT_EQ(up(0).asked, 0);
}

}  // namespace
}  // namespace sidecache::resilience::in_tests
