// What an outage that begins now would find.
#include <gtest/gtest.h>

#include "proxy/world.hpp"

namespace sidecache::tests {
namespace {

struct coverage_test : testing::Test {
  void stored(const std::string& slug, std::string_view more = "") {
    w.origin.says("/integrations/" + slug, record("integration", slug, more));
    w.get("/integrations/" + slug);
  }
  proxy::coverage now() { return w.core.coverage_at(w.core.now()); }
  world w;
};

TEST_F(coverage_test, what_is_held_and_was_asked_for_is_covered_until_its_stale_if_error_ends) {
  stored("a");
  w.clock.advance(30min);
  stored("b");
  const auto found = now();
  EXPECT_EQ(found.asked, 2U);
  EXPECT_EQ(found.covered, 2U);
  EXPECT_EQ(found.first_lost, 72h - 30min);
  EXPECT_EQ(found.last_lost, duration{72h});
  const std::array<std::uint64_t, 7> left{2, 2, 2, 2, 2, 2, 0};
  EXPECT_EQ(found.left, left);
}

TEST_F(coverage_test, a_hit_counts_as_asking) {
  stored("a");
  w.clock.advance(20s);
  w.get("/integrations/a");
  w.clock.advance(1h - 1s);
  EXPECT_EQ(now().asked, 1U);
  w.clock.advance(1s + 1ms);
  EXPECT_EQ(now().asked, 0U) << "not within the hour any more";
}

TEST_F(coverage_test, a_deadline_of_the_record_ends_it_sooner) {
  stored("a", R"(,"expires_at":"2023-11-14T22:23:20Z")");  // ten minutes after the clock's start
  const auto found = now();
  EXPECT_EQ(found.covered, 1U);
  EXPECT_EQ(found.first_lost, duration{10min});
  w.clock.advance(10min);
  EXPECT_EQ(now().covered, 0U);
}

TEST_F(coverage_test, what_was_asked_for_and_is_not_held_is_not_covered) {
  stored("a");
  w.ask("PUT", "/integrations/a", key_a, "{}");  // 404 by the script: drops nothing
  EXPECT_EQ(now().covered, 1U);
  w.origin.says("PUT /integrations/a", "{}");
  w.ask("PUT", "/integrations/a", key_a, "{}");
  EXPECT_EQ(now().covered, 0U);
  EXPECT_EQ(now().asked, 1U);
  w.origin.fails("/integrations/b", proxy::failure_kind::connect);
  w.get("/integrations/b");
  EXPECT_EQ(now().asked, 2U);
  w.clock.advance(1h + 1ms);
  EXPECT_EQ(now().asked, 0U);
}

TEST_F(coverage_test, each_credential_has_keys_of_its_own) {
  stored("a");
  w.get("/integrations/a", key_b);
  EXPECT_EQ(now().asked, 2U);
}

TEST_F(coverage_test, what_the_control_plane_denies_is_nothing_to_be_missed) {
  w.get("/integrations/unknown");
  stored("a");
  w.clock.advance(60s);
  w.origin.says("/integrations/a", {.status = 401, .body = R"({"success":false})"});
  w.get("/integrations/a");
  EXPECT_EQ(now().asked, 0U);
}

TEST_F(coverage_test, a_flood_of_keys_that_fail_stays_bounded) {
  stored("a");
  for (int i = 0; i < 20'000; ++i) {
    const std::string target = "/integrations/f" + std::to_string(i);
    w.origin.fails(target, proxy::failure_kind::connect);
    w.get(target);
  }
  EXPECT_LE(now().asked, 16'385U);
  EXPECT_GT(now().asked, 10'000U);
  EXPECT_EQ(now().covered, 1U);
}

}  // namespace
}  // namespace sidecache::tests
