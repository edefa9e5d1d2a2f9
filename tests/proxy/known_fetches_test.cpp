// Misses by a header block alone: what goes up, comes down and is kept can't be told from what the parsed request would
// have brought about. Half of all that tests of the proxy ask comes this way too (world::waits_quickly).
#include <gtest/gtest.h>

#include "proxy/known_requests.hpp"

namespace sidecache::tests {
namespace {

struct told_when final : proxy::answer_waiter {
  void answer_came() override { ++times; }
  int times = 0;
};

/// Those of one name in the order they came.
http::fields in_order_of_names(const http::fields& of) {
  std::multimap<std::string, std::string_view> lines;
  for (const auto& [name, value] : of) lines.emplace(lower(name), value);
  http::fields sorted;
  for (const auto& [name, value] : lines) sorted.add(name, value);
  return sorted;
}

struct known_fetches : testing::Test {
  known_fetches() { w.origin.says(openai_path, openai_record); }
  /// Null: it is left to handle(). `learned`: what its block was known by.
  std::unique_ptr<proxy::begun_pass> fetch(world& by, const header_list& fields = asking_with({}),
                                           const std::string& target = openai_path) {
    const auto request = head_of(fields, target);
    const auto known = by.handler.recognise(request);
    return known ? by.handler.pass_known(request.target, block_of(request), *known, told) : nullptr;
  }
  std::unique_ptr<proxy::begun_pass> fetch() { return fetch(w); }
  /// As a client gets it.
  static received taken_of(proxy::begun_pass& quick) {
    conversation client(head_of(), "");
    std::string head;
    const auto whole = quick.take(head);
    EXPECT_TRUE(whole);
    client.quick.reset(&quick);
    if (whole) client.take_quick(head, *whole);
    static_cast<void>(client.quick.release());
    return whole ? client.got() : received{};
  }
  received gone_on_with(proxy::begun_pass& quick) {
    conversation client(head_of(asking_with({}), openai_path), "");
    asio::co_spawn(w.context, quick.go_on(client), asio::detached);
    w.run();
    return client.done() ? client.got() : received{};
  }
  world w;
  std::shared_ptr<told_when> told = std::make_shared<told_when>();
};

TEST_F(known_fetches, what_goes_up_and_comes_down_is_what_the_parsed_request_makes_of_it) {
  using begins = scripted_origin::begins;
  const std::string trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  const std::vector<header_list> tables = {
      {},
      {{"Accept", "*/*"}, {"accept-encoding", "gzip, br"}, {"User-Agent", "a (b; c)"}},
      {{"Authorization", "Bearer b"}, {"Via", "1.1 before"}, {"Via", "1.1 and-before"}},
      {{"x-portkey-organisation", "acme"}, {"x-portkey-workspace", "w"}, {"Cookie", "a=1"}},
      {{"Connection", "keep-alive"}, {"Range", "bytes=0-1"}, {"TE", "trailers"}},
      {{"traceparent", trace}, {"tracestate", "a=1"}, {"x-request-id", "r-1"}, {"baggage", "b=2"}, {"b3", "0"}},
      {{"x-request-id", "r-1"}, {"Accept", "*/*"}},
      {{"Accept", "application/json"}},
      {{"accept", "application/json"}, {"Accept", "application/json"}},
      {{"X-Request-ID", "r-1"}, {"Traceparent", trace}},
      {{"x-request-id", "r-1"}, {"x-request-id", "r-2"}},
      {{"x-portkey-organisation", "a"}, {"x-portkey-workspace", "w"}, {"x-portkey-organisation", "b"}},
  };
  std::size_t times = 0;
  for (const auto& more : tables) {
    for (const auto takes : {begins::no, begins::whole, begins::in_pieces}) {
      SCOPED_TRACE((more.empty() ? "" : more.front().first) + " " + std::to_string(static_cast<int>(takes)));
      world by;
      world whole;
      for (world* each : {&by, &whole}) each->origin.says(openai_path, openai_record);
      by.origin.takes_misses = takes;
      const auto quick = fetch(by, asking_with(more));
      whole.get("/v1/completions/c-1");  // the next one is parsed
      const auto asked = whole.start("GET", openai_path, asking_with(more));
      ASSERT_FALSE(asked->quick);
      ASSERT_EQ(quick != nullptr, asked->got().outcome == outcome::miss);
      if (!quick) continue;  // a cookie
      by.run();
      const received got = taken_of(*quick);
      EXPECT_EQ(lines_of(in_order_of_names(by.origin.last().fields), quick->made()),
                lines_of(in_order_of_names(whole.origin.last().fields), asked->got().made));
      EXPECT_EQ(by.origin.last().target, openai_path);
      EXPECT_EQ(by.origin.last().route, whole.origin.last().route);
      EXPECT_EQ(by.origin.last().urgency, whole.origin.last().urgency);
      const bool authorised = !more.empty() && more.front().first == "Authorization";
      const auto whose = by.core.partition_of({.authorization = authorised ? "Bearer b" : "", .api_key = "key-a"});
      if (takes != begins::whole) EXPECT_EQ(by.origin.last().credential, whose);
      EXPECT_EQ(got.status, 200U);
      EXPECT_EQ(lines_of(got.fields, {}), lines_of(asked->got().fields, {}));
      EXPECT_EQ(got.body, openai_record);
      EXPECT_EQ(got.outcome, outcome::miss);
      EXPECT_EQ(quick->report().route, http::route::integrations);
      EXPECT_EQ(by.get(openai_path, asking_with(more)).outcome, outcome::hit);
      ++times;
    }
  }
  EXPECT_EQ(times, 3 * (tables.size() - 1)) << "all but the one with a cookie";
}

TEST_F(known_fetches, its_end_is_told_once_and_never_from_within) {
  const auto leads = fetch();
  ASSERT_TRUE(leads);
  EXPECT_EQ(told->times, 0) << "though the answer is there";
  w.run();
  EXPECT_EQ(told->times, 1);
}

TEST_F(known_fetches, one_flight_is_shared_by_all) {
  w.origin.hold(openai_path);
  const auto parsed = w.start("GET", openai_path);
  const auto joins = fetch();
  ASSERT_TRUE(joins);
  EXPECT_TRUE(joins->made().request_id().empty()) << "it set no fetch off";
  w.origin.release(openai_path);
  w.run();
  const received got = taken_of(*joins);
  EXPECT_EQ(got.outcome, outcome::collapsed);
  EXPECT_EQ(got.cache_status(), "sidecache; fwd=uri-miss; fwd-status=200; stored; collapsed");
  EXPECT_EQ(got.body, openai_record);
  EXPECT_EQ(w.origin.count(openai_path), 1);
}

TEST_F(known_fetches, a_denial_is_handed_on_too) {
  const auto quick = fetch(w, asking_with({}), "/v1/integrations/gone");
  ASSERT_TRUE(quick);
  w.run();
  EXPECT_EQ(taken_of(*quick).status, 404U);
}

TEST_F(known_fetches, a_failure_is_told_as_to_the_parsed_request_and_asked_for_once) {
  w.origin.fails(openai_path, proxy::failure_kind::timeout);
  const auto quick = fetch();
  ASSERT_TRUE(quick);
  w.run();
  std::string head;
  EXPECT_FALSE(quick->take(head));
  const received got = gone_on_with(*quick);
  EXPECT_EQ(got.status, 504U);
  EXPECT_EQ(got.outcome, outcome::error);
  EXPECT_EQ(got.made.request_id(), quick->made().request_id());
  EXPECT_FALSE(got.made.request_id().empty());
  EXPECT_EQ(w.origin.count(openai_path), 1);
}

TEST_F(known_fetches, what_is_too_large_goes_the_parsed_requests_way) {
  w.origin.fails(openai_path, proxy::failure_kind::too_large);
  w.origin.says("GET " + openai_path, "whole");
  const auto quick = fetch();
  w.run();
  std::string head;
  EXPECT_FALSE(quick->take(head));
  EXPECT_EQ(gone_on_with(*quick).body, "whole");
}

TEST_F(known_fetches, who_leaves_or_gives_up_leaves_the_fetch_to_others) {
  for (const bool gives_up : {false, true}) {
    SCOPED_TRACE(gives_up);
    world by;
    by.origin.says(openai_path, openai_record);
    by.origin.hold(openai_path);
    auto quick = fetch(by);
    ASSERT_TRUE(quick);
    if (gives_up) quick->give_up();
    if (!gives_up) quick.reset();
    EXPECT_EQ(told.use_count(), 1) << "it is not kept";
    by.origin.release(openai_path);
    by.run();
    EXPECT_EQ(told->times, 0);
    EXPECT_EQ(by.get(openai_path).outcome, outcome::hit);
    EXPECT_EQ(by.origin.count(openai_path), 1);
  }
}

TEST_F(known_fetches, what_a_condition_asks_is_left_to_be_parsed) {
  EXPECT_FALSE(fetch(w, asking_with({{"If-None-Match", "\"1\""}})));
  EXPECT_EQ(w.origin.count(openai_path), 0);
}

TEST_F(known_fetches, so_is_an_id_that_is_to_be_replaced_and_what_is_joined_or_goes_with_another) {
  EXPECT_FALSE(fetch(w, asking_with({{"x-request-id", " "}})));
  const std::string trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  EXPECT_FALSE(fetch(w, asking_with({{"traceparent", trace}, {"tracestate", "a=1"}, {"tracestate", "b=2"}})));
  EXPECT_EQ(w.origin.count(openai_path), 0);
  EXPECT_TRUE(fetch(w, asking_with({{"x-request-id", "1"}}))) << "nobody is waited for";
}

TEST_F(known_fetches, a_fetch_that_dies_leaves_nobody_waiting) {
  using begins = scripted_origin::begins;
  for (const auto takes : {begins::no, begins::whole, begins::in_pieces}) {
    w.origin.takes_misses = takes;
    const std::string path = "/v1/integrations/dies-" + std::to_string(static_cast<int>(takes));
    w.origin.says(path, {.dies = true});
    told->times = 0;
    const auto quick = fetch(w, key_a, path);
    ASSERT_TRUE(quick);
    w.run();
    EXPECT_EQ(told->times, 1);
    std::string head;
    EXPECT_FALSE(quick->take(head));
    w.origin.says(path, openai_record);
    EXPECT_EQ(w.get(path).body, openai_record);
  }
}

TEST_F(known_fetches, the_end_of_the_thread_ends_what_is_under_way) {
  auto by = std::make_unique<world>();
  by->origin.hold(openai_path);
  auto quick = fetch(*by);
  ASSERT_TRUE(quick);
  by->run();
  EXPECT_GT(told.use_count(), 1);
  quick.reset();
  by.reset();
  EXPECT_EQ(told.use_count(), 1);
  EXPECT_EQ(told->times, 0);
}

TEST_F(known_fetches, a_304_that_nobody_asked_for_is_handed_on_and_not_kept) {
  w.origin.says(openai_path, {.status = 304});
  const auto quick = fetch();
  ASSERT_TRUE(quick);
  w.run();
  EXPECT_EQ(taken_of(*quick).status, w.get(openai_path).status);
  EXPECT_EQ(w.origin.count(openai_path), 2);
}

TEST_F(known_fetches, what_is_known_of_the_key_is_left_to_who_judges_it) {
  w.get(openai_path);
  EXPECT_FALSE(fetch(w, key_a)) << "fresh";
  w.advance(w.core.config().freshness.ttl + 1s);
  EXPECT_FALSE(fetch(w, key_a)) << "stale";
  w.origin.fails(x_path, proxy::failure_kind::too_large);
  w.origin.says("GET " + x_path, "more than a record");
  w.get(x_path, key_a);
  const int before = w.origin.count(x_path);
  EXPECT_FALSE(fetch(w, key_a, x_path)) << "too large to be stored";
  EXPECT_EQ(w.origin.count(x_path), before);
}

TEST_F(known_fetches, a_credential_that_was_told_to_slow_down_is_not_asked_for) {
  w.origin.says(openai_path, {.status = 429, .body = "{}", .fields = {{"Retry-After", "60"}}});
  w.get(openai_path);
  EXPECT_FALSE(fetch(w, key_a));
  EXPECT_TRUE(fetch(w, key_b));
}

TEST_F(known_fetches, a_drill_keeps_it_from_being_asked_for) {
  w.core.drill().begin(w.clock.now().mono, 10s);
  EXPECT_FALSE(fetch());
}

TEST_F(known_fetches, not_in_shadow) {
  proxy::settings shadowing;
  shadowing.mode = proxy::mode::shadow;
  world by(shadowing);
  EXPECT_FALSE(fetch(by));
}

TEST_F(known_fetches, not_for_wishes_that_may_count_by_the_time_that_it_lands) {
  proxy::settings deaf;
  deaf.client_directives = false;
  world by(deaf);
  EXPECT_TRUE(fetch(by));
  EXPECT_FALSE(fetch(by, asking_with({{"Cache-Control", "only-if-cached"}}), x_path));
}

}  // namespace
}  // namespace sidecache::tests
