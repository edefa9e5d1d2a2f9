// A drill: lookups behave as if the control plane were gone, and it is told what would have failed.
#include <gtest/gtest.h>

#include "proxy/world.hpp"

namespace sidecache::tests {
namespace {

struct drill_test : testing::Test {
  drill_test() {
    w.origin.says(known, record("integration", "known"));
    w.origin.says(unknown, record("integration", "unknown"));
    w.get(known);
    w.clock.advance(60s);
    w.core.drill().begin(w.clock.now().mono, 5min);
  }
  proxy::drill_report report() { return w.core.drill().report(w.clock.now().mono); }
  const std::string known = "/integrations/known";
  const std::string unknown = "/integrations/unknown";
  world w;
};

TEST_F(drill_test, what_is_held_stands_in_and_the_control_plane_is_not_asked) {
  EXPECT_EQ(w.get(known).outcome, outcome::stale_error);
  EXPECT_EQ(w.origin.count(known), 1);
  EXPECT_EQ(report().stood_in, 1U);
  EXPECT_EQ(report().failed, 0U);
}

TEST_F(drill_test, what_is_not_held_fails_and_is_named) {
  const auto got = w.get(unknown);
  EXPECT_EQ(got.status, 503U);
  EXPECT_EQ(got.fields.find("retry-after"), "300");
  w.get(unknown);
  EXPECT_EQ(w.origin.count(unknown), 0);
  const auto said = report();
  EXPECT_EQ(said.failed, 2U);
  ASSERT_EQ(said.failed_records.size(), 1U);
  EXPECT_EQ(said.failed_records.begin()->first, std::pair(http::route::integrations, std::string("unknown")));
  EXPECT_EQ(said.failed_records.begin()->second, 2U);
}

TEST_F(drill_test, a_lookup_that_may_not_be_stored_fails_too) {
  EXPECT_EQ(w.get(known, {}).status, 503U) << "without a credential";
  EXPECT_EQ(report().failed, 1U);
}

TEST_F(drill_test, writes_and_lists_pass) {
  w.origin.says("PUT /integrations/known", "{}");
  w.origin.says("GET /integrations", "{}");
  EXPECT_EQ(w.ask("PUT", known, key_a, "{}").status, 200U);
  EXPECT_EQ(w.get("/integrations").status, 200U);
  EXPECT_EQ(w.get(known).status, 503U) << "the write dropped it: an outage would show that too";
}

TEST_F(drill_test, what_is_fresh_is_a_hit_as_ever) {
  w.core.drill().begin(w.clock.now().mono, 0s);
  w.get(known);
  w.core.drill().begin(w.clock.now().mono, 5min);
  EXPECT_EQ(w.get(known).outcome, outcome::hit);
  EXPECT_EQ(report().stood_in, 0U);
}

TEST_F(drill_test, it_ends_by_itself_and_its_report_stays) {
  w.get(unknown);
  w.clock.advance(5min - 1ms);
  EXPECT_EQ(report().left, duration{1ms});
  w.clock.advance(1ms);
  EXPECT_EQ(w.get(unknown).outcome, outcome::miss);
  EXPECT_EQ(report().left, duration{});
  EXPECT_EQ(report().failed, 1U);
  EXPECT_EQ(report().length, duration{5min});
}

TEST_F(drill_test, it_can_be_ended_before_its_time) {
  w.clock.advance(1min);
  w.core.drill().begin(w.clock.now().mono, 0s);
  EXPECT_EQ(w.get(unknown).outcome, outcome::miss);
  EXPECT_EQ(report().length, duration{1min});
}

TEST_F(drill_test, it_changes_nothing_of_what_is_stored) {
  w.get(known);
  w.core.drill().begin(w.clock.now().mono, 0s);
  EXPECT_EQ(w.get(known).outcome, outcome::miss) << "stale, and fetched at last";
  EXPECT_EQ(w.get(known).outcome, outcome::hit);
}

TEST_F(drill_test, a_flood_of_unknown_records_is_remembered_in_bounds) {
  for (int i = 0; i < 1'100; ++i) w.get("/integrations/f" + std::to_string(i));
  EXPECT_EQ(report().failed_records.size(), proxy::drill::most_records);
  EXPECT_EQ(report().failed, 1'100U);
  EXPECT_EQ(report().failed_elsewhere, 100U);
}

TEST_F(drill_test, the_next_one_begins_anew) {
  w.get(unknown);
  w.core.drill().begin(w.clock.now().mono, 1min);
  EXPECT_EQ(report().failed, 0U);
  EXPECT_EQ(report().left, duration{1min});
}

}  // namespace
}  // namespace sidecache::tests
