// What an answer to a lookup means (promises 3 and 10): one test a row of the table.
#include <gtest/gtest.h>

#include "proxy/world.hpp"

namespace sidecache::tests {
namespace {

const std::string good = record("provider", "p");
const header_list html = {{"Content-Type", "text/html"}};
const std::string denial = R"({"success":false,"data":{"message":"Unauthorised Request"}})";

/// A record was stored and its TTL, stale-while-revalidate and negatives are over; stale-if-error is not.
struct with_a_stale_entry : ::testing::Test {
  with_a_stale_entry() {
    w.origin.says(provider_path, good);
    w.get(provider_path);
    w.clock.advance(60s);
  }
  received next(scripted_answer answer) {
    w.origin.says(provider_path, std::move(answer));
    return w.get(provider_path);
  }
  void expect_stale(scripted_answer answer) {
    const auto got = next(std::move(answer));
    EXPECT_EQ(got.outcome, outcome::stale_error);
    EXPECT_EQ(got.cache_status(), "sidecache; hit; ttl=-30; detail=stale-error");
    EXPECT_EQ(got.body, good);
    EXPECT_EQ(got.fields.find("age"), "60");
  }
  /// The entry is still there for an outage.
  [[nodiscard]] bool entry_kept() {
    w.origin.fails(provider_path, proxy::failure_kind::connect);
    w.clock.advance(5s);
    return w.get(provider_path).outcome == outcome::stale_error;
  }
  world w;
};

TEST_F(with_a_stale_entry, a_200_replaces_it) {
  const auto got = next({.body = record("provider", "p", R"(,"name":"new")")});
  EXPECT_EQ(got.outcome, outcome::miss);
  EXPECT_EQ(w.get(provider_path).body, got.body);
}

TEST_F(with_a_stale_entry, a_200_that_may_not_be_stored_still_ends_the_old_one) {
  next({.body = good, .fields = {{"Content-Type", "application/json"}, {"Cache-Control", "no-store"}}});
  EXPECT_FALSE(entry_kept());
}

TEST_F(with_a_stale_entry, a_200_that_is_no_such_record_is_not_stored_and_stale_is_served) {
  expect_stale({.body = "<html>Welcome to the Wi-Fi</html>", .fields = html});
  expect_stale({.body = "[]"});
  expect_stale({.body = record("integration", "p")});
  expect_stale({.body = good.substr(0, good.size() - 1)});
  EXPECT_TRUE(entry_kept());
}

TEST_F(with_a_stale_entry, a_404_in_json_replaces_it) {
  EXPECT_EQ(next({.status = 404, .body = denial}).status, 404U);
  EXPECT_EQ(w.get(provider_path).outcome, outcome::negative_hit);
  EXPECT_FALSE(entry_kept());
}

TEST_F(with_a_stale_entry, a_denial_that_may_not_be_stored_still_ends_it) {
  next(
      {.status = 404, .body = denial, .fields = {{"Content-Type", "application/json"}, {"Cache-Control", "no-store"}}});
  EXPECT_FALSE(entry_kept());
}

TEST_F(with_a_stale_entry, a_403_in_json_replaces_it_and_is_collapsed_for_a_second) {
  EXPECT_EQ(next({.status = 403, .body = denial}).status, 403U);
  const int asked = w.origin.count(provider_path);
  EXPECT_EQ(w.get(provider_path).outcome, outcome::negative_hit);
  w.clock.advance(1s);
  EXPECT_EQ(w.get(provider_path).outcome, outcome::miss);
  EXPECT_EQ(w.origin.count(provider_path), asked + 1);
  EXPECT_FALSE(entry_kept());
}

TEST_F(with_a_stale_entry, a_401_in_json_locks_it_until_a_200) {
  EXPECT_EQ(next({.status = 401, .body = denial}).status, 401U);
  EXPECT_EQ(w.get(provider_path).outcome, outcome::negative_hit) << "collapsed for a second";
  w.clock.advance(1s);
  w.origin.fails(provider_path, proxy::failure_kind::connect);
  EXPECT_EQ(w.get(provider_path).status, 502U) << "kept, but not served";
  EXPECT_EQ(next({.body = good}).status, 200U);
  EXPECT_TRUE((w.clock.advance(60s), entry_kept()));
}

TEST_F(with_a_stale_entry, a_denial_that_is_not_json_is_somebody_elses_and_stale_is_served) {
  for (const unsigned status : {401U, 403U, 404U}) {
    expect_stale({.status = status, .body = "<html>blocked</html>", .fields = html});
    expect_stale({.status = status, .body = "{}", .fields = html});
    expect_stale({.status = status, .body = "not json", .fields = {{"Content-Type", "application/json"}}});
  }
  EXPECT_TRUE(entry_kept());
}

TEST_F(with_a_stale_entry, a_429_pauses_the_credential_and_stale_is_served) {
  const auto answer = scripted_answer{.status = 429, .body = "{}", .fields = {{"Retry-After", "20"}}};
  expect_stale(answer);
  const int asked = w.origin.count(provider_path);
  w.clock.advance(19s);
  EXPECT_EQ(w.get(provider_path).outcome, outcome::stale_error);
  EXPECT_EQ(w.origin.count(provider_path), asked);
  const auto unknown = w.get("/v1/providers/unknown");
  EXPECT_EQ(unknown.status, 429U);
  ASSERT_TRUE(unknown.fields.find("retry-after"));
  EXPECT_LE(*unknown.fields.find("retry-after"), "3");
  EXPECT_EQ(unknown.outcome, outcome::shed);
  EXPECT_EQ(w.get("/v1/providers/unknown", key_b).status, 404U) << "other credentials go on";
  w.clock.advance(3s);
  EXPECT_EQ(next({.body = good}).outcome, outcome::miss);
}

TEST_F(with_a_stale_entry, a_429_until_the_end_of_time_pauses_for_five_minutes) {
  expect_stale({.status = 429, .body = "{}", .fields = {{"Retry-After", "Fri, 31 Dec 9999 23:59:59 GMT"}}});
  const int asked = w.origin.count(provider_path);
  w.clock.advance(5min - 1s);
  EXPECT_EQ(w.get(provider_path).outcome, outcome::stale_error);
  EXPECT_EQ(w.origin.count(provider_path), asked);
  w.clock.advance(31s);
  EXPECT_EQ(next({.body = good}).outcome, outcome::miss);
}

TEST_F(with_a_stale_entry, an_outage_of_any_kind_serves_stale) {
  using enum proxy::failure_kind;
  expect_stale({.status = 500, .body = "{}"});
  expect_stale({.status = 503, .body = "<html>", .fields = html});
  for (const auto kind : {timeout, connect, reset, tls, protocol})
    expect_stale({.body = {}, .failure = proxy::failure{kind, true, ""}});
}

TEST_F(with_a_stale_entry, anything_else_is_handed_on_and_changes_nothing) {
  EXPECT_EQ(next({.status = 402, .body = "{}"}).status, 402U);
  EXPECT_EQ(next({.status = 301, .body = "", .fields = {{"Location", "/elsewhere"}}}).fields.find("location"),
            "/elsewhere");
  EXPECT_EQ(next({.status = 304, .body = ""}).status, 304U) << "we sent no validator";
  EXPECT_TRUE(entry_kept());
}

TEST_F(with_a_stale_entry, is_not_served_past_stale_if_error) {
  w.origin.fails(provider_path, proxy::failure_kind::connect);
  w.clock.advance(72h - 60s - 1ns);
  EXPECT_EQ(w.get(provider_path).outcome, outcome::stale_error);
  w.clock.advance(1ns);
  EXPECT_EQ(w.get(provider_path).status, 502U);
}

TEST(without_an_entry, failures_become_502_and_504_in_the_control_planes_shape) {
  world w;
  w.origin.fails(provider_path, proxy::failure_kind::reset);
  const auto reset = w.get(provider_path);
  EXPECT_EQ(reset.status, 502U);
  EXPECT_EQ(reset.fields.find("content-type"), "application/json");
  EXPECT_NE(reset.body.find(R"("status_code":502)"), std::string::npos);
  EXPECT_NE(reset.body.find(R"("success":false)"), std::string::npos);
  EXPECT_EQ(reset.outcome, outcome::error);
  w.origin.fails(provider_path, proxy::failure_kind::timeout);
  EXPECT_EQ(w.get(provider_path).status, 504U);
}

TEST(without_an_entry, errors_of_the_control_plane_are_handed_on_untouched) {
  world w;
  const std::string body =
      R"({"status_code":500,"error":{"message":"boom","slug":"x","code":"AB04","type":"t"},"success":false})";
  w.origin.says(
      provider_path,
      {.status = 500, .body = body, .fields = {{"Content-Type", "application/json"}, {"x-portkey-trace-id", "t9"}}});
  const auto got = w.get(provider_path);
  EXPECT_EQ(got.status, 500U);
  EXPECT_EQ(got.body, body);
  EXPECT_EQ(got.fields.find("x-portkey-trace-id"), "t9") << "SDKs don't repeat what carries it";
}

TEST(without_an_entry, a_404_is_remembered_for_the_negative_ttl) {
  world w;
  EXPECT_EQ(w.get(provider_path).status, 404U);
  w.clock.advance(1999ms);
  EXPECT_EQ(w.get(provider_path).outcome, outcome::negative_hit);
  w.clock.advance(1ms);
  w.origin.says(provider_path, good);
  EXPECT_EQ(w.get(provider_path).status, 200U);
}

TEST(partition, three_401s_lock_everything_of_the_credential_until_any_200) {
  world w;
  const auto t = [](int i) { return "/v1/providers/p" + std::to_string(i); };
  for (int i = 0; i < 5; ++i) {
    w.origin.says(t(i), record("provider", "p" + std::to_string(i)));
    w.get(t(i));
    w.get(t(i), key_b);
  }
  w.clock.advance(60s);
  for (int i = 0; i < 3; ++i) {
    w.origin.says(t(i), {.status = 401, .body = denial});
    w.get(t(i));
  }
  w.origin.fails(t(3), proxy::failure_kind::connect);
  w.origin.fails(t(4), proxy::failure_kind::connect);
  EXPECT_EQ(w.get(t(3)).status, 502U) << "the whole partition is locked";
  EXPECT_EQ(w.get(t(3), key_b).outcome, outcome::stale_error) << "another one is not";

  w.clock.advance(2s);
  w.origin.says(t(0), record("provider", "p0"));
  EXPECT_EQ(w.get(t(0)).status, 200U);
  EXPECT_EQ(w.get(t(3)).outcome, outcome::stale_error) << "any 200 unlocks";
  w.origin.fails(t(1), proxy::failure_kind::connect);
  EXPECT_EQ(w.get(t(1)).status, 502U) << "its own 401 still holds";
}

TEST(partition, two_401s_do_not_lock_the_others) {
  world w;
  w.origin.says(provider_path, good);
  w.get(provider_path);
  w.clock.advance(60s);
  for (const auto* other : {"/v1/providers/x", "/v1/providers/y"}) {
    w.origin.says(other, {.status = 401, .body = denial});
    w.get(other);
  }
  w.origin.fails(provider_path, proxy::failure_kind::connect);
  EXPECT_EQ(w.get(provider_path).outcome, outcome::stale_error);
}

}  // namespace
}  // namespace sidecache::tests
