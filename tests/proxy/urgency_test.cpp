// What the origin is told of a lookup, so that it can shed the right one: how urgent it is, and whose.
#include <gtest/gtest.h>

#include "proxy/world.hpp"

namespace sidecache::tests {
namespace {

using proxy::urgency;

struct with_a_record : testing::Test {
  with_a_record() {
    w.origin.says(provider_path, record("provider", "p"));
    w.get(provider_path);
  }
  world w;
};

TEST_F(with_a_record, what_is_not_there_is_a_miss) { EXPECT_EQ(w.origin.last().urgency, urgency::miss); }

TEST_F(with_a_record, what_is_served_stale_meanwhile_is_a_refresh) {
  w.clock.advance(31s);
  EXPECT_EQ(w.get(provider_path).outcome, outcome::stale_while_revalidate);
  EXPECT_EQ(w.origin.count(provider_path), 2);
  EXPECT_EQ(w.origin.last().urgency, urgency::refresh);
}

TEST_F(with_a_record, what_is_fresh_still_is_a_prefetch) {
  for (int i = 0; i < 20; ++i) w.get(provider_path);
  w.clock.advance(29900ms);
  EXPECT_EQ(w.get(provider_path).outcome, outcome::hit);
  EXPECT_EQ(w.origin.count(provider_path), 2);
  EXPECT_EQ(w.origin.last().urgency, urgency::prefetch);
}

TEST_F(with_a_record, what_a_stale_one_could_stand_in_for_is_known_as_such) {
  w.clock.advance(10min);
  w.get(provider_path);
  EXPECT_EQ(w.origin.last().urgency, urgency::stale_held);
}

TEST_F(with_a_record, what_may_stand_in_only_in_an_outage_is_none_to_be_shed_for) {
  w.origin.fails("PUT " + provider_path, proxy::failure_kind::timeout);  // it may have been carried out
  w.ask("PUT", provider_path, key_a, "{}");
  w.get(provider_path);
  EXPECT_EQ(w.origin.count(provider_path), 2);
  EXPECT_EQ(w.origin.last().urgency, urgency::miss);
}

TEST_F(with_a_record, credentials_are_told_apart) {
  w.origin.takes_misses = scripted_origin::begins::no;  // who begins at once waits in no line
  w.get("/v1/providers/another");
  const auto a = w.origin.last().credential;
  EXPECT_NE(a, digest128{});
  w.get(provider_path, key_b);
  EXPECT_NE(w.origin.last().credential, a);
  w.get("/v1/providers/other");
  EXPECT_EQ(w.origin.last().credential, a);
}

}  // namespace
}  // namespace sidecache::tests
