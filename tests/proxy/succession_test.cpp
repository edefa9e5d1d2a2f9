// Two processes of one supervisor, with a cache each, while the one succeeds the other: no write through either is
// followed by an older record from the other (promise 2).
#include <gtest/gtest.h>

#include "proxy/world.hpp"

namespace sidecache::tests {
namespace {

const std::string slug_x = "/v1/integrations/x";

std::string version_of_x(std::string_view version) {
  return record("integration", "x", R"(,"name":")" + std::string(version) + R"(")");
}

struct two_processes : ::testing::Test {
  two_processes() {
    both_say("1");
    old_seat.take();
  }
  /// The control plane is one; each world has its own picture of it.
  void both_say(std::string_view version) {
    for (world* each : {&old_one, &new_one}) {
      each->origin.says(slug_x, version_of_x(version));
      each->origin.says("GET " + slug_x, version_of_x(version));  // as passed on
      each->origin.says("PUT " + slug_x, "{}");
    }
  }
  static std::string name_in(const received& got) {
    const auto at = got.body.find(R"("name":")");
    return at == std::string::npos ? got.body : got.body.substr(at + 8, 1);
  }

  std::shared_ptr<proxy::tenure_page> page = std::make_shared<proxy::tenure_page>();
  proxy::tenure old_seat{page, 0};
  proxy::tenure new_seat{page, 1};
  world old_one{{}, old_seat};
  world new_one{{}, new_seat};
};

TEST_F(two_processes, the_old_one_serves_nothing_from_its_cache_once_there_is_a_new_one) {
  old_one.get(slug_x);
  EXPECT_EQ(old_one.get(slug_x).outcome, outcome::hit);
  new_seat.take();
  new_one.ask("PUT", slug_x, key_a, "{}");
  both_say("2");
  const received got = old_one.get(slug_x);
  EXPECT_EQ(got.outcome, outcome::bypass);
  EXPECT_EQ(name_in(got), "2");
  EXPECT_TRUE(got.cache_status().contains("detail=succeeded")) << got.cache_status();
}

TEST_F(two_processes, the_old_one_stores_nothing_any_more) {
  old_one.origin.hold(slug_x);
  const auto under_way = old_one.start("GET", slug_x);
  new_seat.take();
  old_one.origin.release(slug_x);
  old_one.run();
  EXPECT_EQ(under_way->got().status, 200U);
  old_seat.take();  // the new one gave up
  EXPECT_EQ(old_one.get(slug_x).outcome, outcome::miss);
}

TEST_F(two_processes, the_old_one_shares_no_flight_that_a_write_through_the_new_one_may_have_overtaken) {
  old_one.origin.hold(slug_x);
  old_one.start("GET", slug_x);
  new_seat.take();
  new_one.ask("PUT", slug_x, key_a, "{}");
  old_one.origin.says("GET " + slug_x, version_of_x("2"));  // what is passed on is asked for now
  EXPECT_EQ(name_in(old_one.get(slug_x)), "2");
  old_one.origin.release(slug_x);
  old_one.run();
}

TEST_F(two_processes, a_write_through_the_old_one_is_seen_by_the_next_lookup_at_the_new_one) {
  new_seat.take();
  new_one.get(slug_x);
  EXPECT_EQ(new_one.get(slug_x).outcome, outcome::hit);
  old_one.ask("PUT", slug_x, key_a, "{}");
  both_say("2");
  const received got = new_one.get(slug_x);
  EXPECT_EQ(got.outcome, outcome::miss);
  EXPECT_EQ(name_in(got), "2");
  new_one.clock.advance(2s);  // after a write, for the cool-down, what is read is fresh for a second only
  EXPECT_NE(new_one.get(slug_x).outcome, outcome::hit);
}

TEST_F(two_processes, a_read_at_the_new_one_that_such_a_write_overtook_is_neither_joined_nor_kept) {
  new_seat.take();
  new_one.origin.hold(slug_x);
  const auto overtaken = new_one.start("GET", slug_x);
  old_one.ask("PUT", slug_x, key_a, "{}");
  const auto later = new_one.start("GET", slug_x);
  EXPECT_EQ(new_one.origin.count(slug_x), 2) << "a flight of its own";
  new_one.origin.release(slug_x);
  new_one.run();
  EXPECT_TRUE(overtaken->done());
  EXPECT_TRUE(later->done());
}

TEST_F(two_processes, a_write_that_failed_or_touches_nothing_drops_nothing_at_the_other) {
  new_seat.take();
  new_one.get(slug_x);
  old_one.origin.says("PUT " + slug_x, {.status = 403, .body = "{}"});
  old_one.ask("PUT", slug_x, key_a, "{}");
  old_one.origin.says("POST /v1/chat/completions", "{}");
  old_one.ask("POST", "/v1/chat/completions", key_a, "{}");
  EXPECT_EQ(new_one.get(slug_x).outcome, outcome::hit);
}

TEST_F(two_processes, the_old_one_gets_its_place_back_with_what_is_still_true_of_its_cache) {
  old_one.get(slug_x);
  new_seat.take();
  old_seat.take();  // the new one died before anybody asked it
  EXPECT_EQ(old_one.get(slug_x).outcome, outcome::hit);
  new_seat.take();
  new_one.ask("PUT", slug_x, key_a, "{}");
  old_seat.take();
  EXPECT_EQ(old_one.get(slug_x).outcome, outcome::miss);
}

}  // namespace
}  // namespace sidecache::tests
