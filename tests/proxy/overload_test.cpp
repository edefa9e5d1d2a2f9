// What this process can't take on is refused by that name, but for what memory can answer.
#include <gtest/gtest.h>

#include "proxy/world.hpp"

namespace sidecache::tests {
namespace {

using proxy::failure_kind;

TEST(overload, a_miss_is_shed_with_503_and_told_when_to_come_again) {
  world w;
  w.origin.fails("/providers/p", failure_kind::overloaded, false);
  const auto got = w.get("/providers/p");
  EXPECT_EQ(got.status, 503u);
  EXPECT_EQ(got.outcome, outcome::shed);
  EXPECT_EQ(got.fields.find("retry-after"), "1");
  EXPECT_NE(got.body.find("\"overloaded\""), std::string::npos) << got.body;
}

TEST(overload, everybody_who_waited_for_it_is_shed) {
  world w;
  w.origin.fails("/providers/p", failure_kind::overloaded, false);
  w.origin.hold("/providers/p");
  const auto leader = w.start("GET", "/providers/p");
  const auto follower = w.start("GET", "/providers/p");
  w.origin.release("/providers/p");
  w.run();
  EXPECT_EQ(leader->got().outcome, outcome::shed);
  EXPECT_EQ(follower->got().outcome, outcome::shed);
  EXPECT_EQ(w.origin.count("/providers/p"), 1);
}

TEST(overload, a_write_is_shed_so_that_no_sdk_repeats_it_and_drops_nothing) {
  world w;
  w.origin.says("/v1/providers/p", record("provider", "p"));
  w.get("/v1/providers/p");
  w.origin.fails("PUT /v1/providers/p", failure_kind::overloaded, false);
  const auto refused = w.ask("PUT", "/v1/providers/p", key_a, "{}");
  EXPECT_EQ(refused.status, 503u);
  EXPECT_EQ(refused.outcome, outcome::shed);
  EXPECT_EQ(refused.fields.find("x-portkey-gateway-exception"), "true");
  EXPECT_EQ(w.get("/v1/providers/p").outcome, outcome::hit) << "it was never sent";
}

TEST(overload, a_stale_record_stands_in) {
  world w;
  w.origin.says("/providers/p", record("provider", "p"));
  w.get("/providers/p");
  w.clock.advance(10min);
  w.origin.fails("/providers/p", failure_kind::overloaded, false);
  EXPECT_EQ(w.get("/providers/p").outcome, outcome::stale_error);
}

TEST(overload, it_is_no_outage_so_what_must_be_revalidated_is_not_served_unasked) {
  world w;
  w.origin.says("/v1/providers/p", record("provider", "p"));
  w.get("/v1/providers/p");
  w.origin.fails("PUT /v1/providers/p", failure_kind::timeout);  // it may have been carried out
  w.ask("PUT", "/v1/providers/p", key_a, "{}");
  w.origin.fails("/v1/providers/p", failure_kind::overloaded, false);
  EXPECT_EQ(w.get("/v1/providers/p").outcome, outcome::shed);
  w.origin.fails("/v1/providers/p", failure_kind::connect, false);
  EXPECT_EQ(w.get("/v1/providers/p").outcome, outcome::stale_error) << "in an outage it would be";
}

}  // namespace
}  // namespace sidecache::tests
