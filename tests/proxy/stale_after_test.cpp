// Nobody who could be given a stale record waits for a slow control plane longer than stale_after.
#include <gtest/gtest.h>

#include "proxy/world.hpp"

namespace sidecache::tests {
namespace {

constexpr auto path = "/integrations/x";

/// A stored record past its TTL and its stale-while-revalidate time, and a control plane that takes its time.
struct a_slow_control_plane : testing::Test {
  a_slow_control_plane() {
    w.origin.says(path, record("integration", "x", R"(,"note":"old")"));
    w.get(path);
    w.clock.advance(60s);
    w.origin.says(path, record("integration", "x", R"(,"note":"new")"));
    w.origin.hold(path);
  }
  world w;
};

TEST_F(a_slow_control_plane, a_lookup_waits_so_long_and_gets_the_stale_record) {
  const auto client = w.start("GET", path);
  w.advance(499ms);
  EXPECT_FALSE(client->done());
  w.advance(1ms);
  ASSERT_TRUE(client->done());
  EXPECT_EQ(client->got().outcome, outcome::stale_error);
  EXPECT_NE(client->got().cache_status().find("hit; ttl=-31; detail=stale-error"), std::string::npos)
      << client->got().cache_status();
  EXPECT_EQ(client->got().fields.find("age"), "60");
}

TEST_F(a_slow_control_plane, the_fetch_goes_on_in_the_background_and_is_shared) {
  w.start("GET", path);
  w.advance(500ms);
  w.advance(5s);
  EXPECT_EQ(w.get(path).outcome, outcome::stale_error);
  EXPECT_EQ(w.origin.count(path), 2) << "the first of all, and the one under way";
  w.origin.release(path);
  w.run();
  const auto later = w.get(path);
  EXPECT_EQ(later.outcome, outcome::hit);
  EXPECT_NE(later.body.find("new"), std::string::npos);
}

TEST_F(a_slow_control_plane, an_answer_within_the_time_is_waited_for) {
  const auto client = w.start("GET", path);
  w.advance(499ms);
  w.origin.release(path);
  w.run();
  EXPECT_EQ(client->got().outcome, outcome::miss);
  w.advance(1s);
  EXPECT_NE(client->got().body.find("new"), std::string::npos) << "one answer, that one";
}

TEST_F(a_slow_control_plane, once_known_to_be_slow_it_is_not_waited_for_until_it_was_quick_again) {
  w.origin.says("/integrations/y", record("integration", "y"));
  w.get("/integrations/y");
  w.clock.advance(60s);
  w.origin.hold("/integrations/y");
  w.start("GET", path);
  w.advance(500ms);
  const auto other = w.start("GET", "/integrations/y");
  EXPECT_TRUE(other->done()) << "of another record, and at once";
  EXPECT_EQ(other->got().outcome, outcome::stale_error);

  w.origin.release(path);
  w.origin.release("/integrations/y");  // 0 ms after it was asked for
  w.run();
  w.clock.advance(60s);
  w.origin.hold(path);
  const auto waits = w.start("GET", path);
  EXPECT_FALSE(waits->done());
  w.advance(500ms);
  EXPECT_TRUE(waits->done());
}

TEST_F(a_slow_control_plane, who_has_nothing_stale_waits_on) {
  w.origin.hold("/integrations/z");
  w.start("GET", path);
  w.advance(500ms);
  const auto client = w.start("GET", "/integrations/z");
  w.advance(20s);
  EXPECT_FALSE(client->done());
  w.origin.says("/integrations/z", record("integration", "z"));
  w.origin.release("/integrations/z");
  w.run();
  EXPECT_EQ(client->got().outcome, outcome::miss);
}

TEST_F(a_slow_control_plane, a_record_that_a_write_dropped_meanwhile_is_not_served) {
  const auto client = w.start("GET", path);
  w.origin.says("PUT /integrations/x", "{}");
  EXPECT_EQ(w.ask("PUT", path, key_a, "{}").status, 200U);
  w.advance(500ms);
  EXPECT_FALSE(client->done());
  w.origin.release(path);
  w.run();
  EXPECT_NE(client->got().body.find("new"), std::string::npos);
}

TEST_F(a_slow_control_plane, a_record_that_a_write_left_in_doubt_is_waited_for) {
  w.origin.fails("PUT /integrations/x", proxy::failure_kind::timeout);
  w.ask("PUT", path, key_a, "{}");
  const auto client = w.start("GET", path);
  w.advance(20s);
  EXPECT_FALSE(client->done()) << "slow is not gone";
}

TEST_F(a_slow_control_plane, who_asks_for_a_confirmed_answer_waits_for_it) {
  const auto client = w.start("GET", path, {{"x-portkey-api-key", "key-a"}, {"Cache-Control", "no-cache"}});
  w.advance(20s);
  EXPECT_FALSE(client->done());
}

TEST_F(a_slow_control_plane, a_client_that_leaves_in_between_disturbs_nobody) {
  const auto client = w.start("GET", path);
  client->leave();
  w.advance(500ms);
  w.origin.release(path);
  w.run();
  EXPECT_EQ(w.get(path).outcome, outcome::hit);
  EXPECT_EQ(w.alarms.count(), 0U);
}

TEST(stale_after, zero_waits_for_nobody) {
  proxy::settings s;
  s.stale_after = 0s;
  world w(s);
  w.origin.says(path, record("integration", "x"));
  w.get(path);
  w.clock.advance(60s);
  w.origin.hold(path);
  const auto client = w.start("GET", path);
  w.advance(0s);
  EXPECT_TRUE(client->done());
}

}  // namespace
}  // namespace sidecache::tests
