// Lookups: hits, partitions, flights, times and deadlines.
#include <gtest/gtest.h>

#include "proxy/world.hpp"

namespace sidecache::tests {
namespace {

TEST(lookup, the_second_one_is_answered_from_memory_with_the_same_bytes) {
  world w;
  const std::string body = "  {\"slug\":\"openai\",  \"object\":\"integration\", \"new\\u0020field\":[1,2.50]}\n";
  w.origin.says(openai_path, body);

  const auto first = w.get(openai_path);
  w.clock.advance(7s);
  const auto second = w.get(openai_path);

  EXPECT_EQ(first.outcome, outcome::miss);
  EXPECT_EQ(first.cache_status(), "sidecache; fwd=uri-miss; fwd-status=200; stored");
  EXPECT_EQ(second.outcome, outcome::hit);
  EXPECT_EQ(second.cache_status(), "sidecache; hit; ttl=23");
  EXPECT_EQ(second.fields.find("age"), "7");
  EXPECT_EQ(second.fields.find("content-type"), "application/json");
  EXPECT_EQ(first.body, body);
  EXPECT_EQ(second.body, body);
  EXPECT_EQ(w.origin.count(openai_path), 1);
}

// Promise 1.
TEST(lookup, nobody_gets_what_another_credential_was_given) {
  world w;
  w.origin.says(openai_path, record("integration", "openai", R"(,"name":"A's")"));
  w.get(openai_path, key_a);
  w.origin.says(openai_path, {.status = 403, .body = R"({"errorCode":"AB03","message":"no"})"});

  EXPECT_EQ(w.get(openai_path, key_b).status, 403U);
  EXPECT_EQ(w.get(openai_path, {{"authorization", "Bearer key-a"}}).status, 403U)
      << "the same key elsewhere is another credential";
  EXPECT_EQ(w.get(openai_path, {{"x-portkey-api-key", "key-a"}, {"authorization", "x"}}).status, 403U);
  EXPECT_EQ(w.get(openai_path, key_a).status, 200U);
  EXPECT_EQ(w.origin.count(openai_path), 4);
}

TEST(lookup, key_fields_query_and_raw_path_make_different_keys_and_noise_does_not) {
  world w;
  for (const auto* t :
       {"/v1/providers/p", "/v1/providers/p?workspace_id=1", "/v1/providers/p?workspace_id=2", "/providers/p"})
    w.origin.says(t, record("provider", "p"));
  const auto with = [](std::string name, std::string value) {
    header_list fields = key_a;
    fields.emplace_back(std::move(name), std::move(value));
    return fields;
  };
  EXPECT_EQ(w.get("/v1/providers/p").outcome, outcome::miss);
  EXPECT_EQ(w.get("/v1/providers/p?workspace_id=1").outcome, outcome::miss);
  EXPECT_EQ(w.get("/v1/providers/p?workspace_id=2").outcome, outcome::miss);
  EXPECT_EQ(w.get("/providers/p").outcome, outcome::miss);
  EXPECT_EQ(w.get("/v1/providers/p", with("x-portkey-workspace", "ws-2")).outcome, outcome::miss);
  EXPECT_EQ(w.origin.last().fields.find("x-portkey-workspace"), "ws-2") << "what the answer depends on goes upstream";
  for (const auto& [name, value] : header_list{{"x-portkey-trace-id", "t"},
                                               {"User-Agent", "u"},
                                               {"Accept", "*/*"},
                                               {"traceparent", "00-1-2-01"},
                                               {"Content-Type", "application/json"}})
    EXPECT_EQ(w.get("/v1/providers/p", with(name, value)).outcome, outcome::hit) << name;
}

TEST(lookup, goes_upstream_with_the_credential_and_without_the_clients_conditionals) {
  world w;
  w.origin.says(openai_path, openai_record);
  w.get(openai_path, {{"authorization", "Bearer key-a"},
                      {"if-none-match", "\"x\""},
                      {"range", "bytes=0-3"},
                      {"x-portkey-trace-id", "t-1"},
                      {"accept-encoding", "gzip"}});
  const auto& sent = w.origin.last().fields;
  EXPECT_EQ(sent.find("authorization"), "Bearer key-a");
  for (const auto* name : {"if-none-match", "range", "x-portkey-trace-id"}) EXPECT_FALSE(sent.contains(name)) << name;
  EXPECT_EQ(sent.find("accept-encoding"), "identity");
}

TEST(lookup, without_a_clear_credential_passes_and_is_not_stored) {
  world w;
  w.origin.says("GET " + openai_path, openai_record);
  for (const auto& fields : {header_list{}, header_list{{"x-portkey-api-key", "a"}, {"x-portkey-api-key", "b"}},
                             header_list{{"x-portkey-api-key", "a"}, {"cookie", "s=1"}}})
    for (int i = 0; i < 2; ++i) EXPECT_EQ(w.get(openai_path, fields).outcome, outcome::bypass);
  EXPECT_EQ(w.origin.count("GET " + openai_path), 6);
  EXPECT_EQ(w.get(openai_path, {}).cache_status(), "sidecache; fwd=bypass; fwd-status=200; detail=no-credential");
}

TEST(lookup, head_is_answered_from_what_get_stored_and_fills_for_get) {
  world w;
  w.origin.says(openai_path, openai_record);
  const auto head = w.ask("HEAD", openai_path);
  EXPECT_EQ(head.status, 200U);
  EXPECT_EQ(head.body, "");
  EXPECT_EQ(w.get(openai_path).body, openai_record);
  EXPECT_EQ(w.origin.count(openai_path), 1);
}

TEST(lookup, an_answer_loses_what_belongs_to_one_exchange_once_stored) {
  world w;
  w.origin.says(openai_path, {.body = openai_record,
                              .fields = {{"Content-Type", "application/json"},
                                         {"Set-Cookie", "s=1"},
                                         {"x-portkey-trace-id", "t"},
                                         {"cf-ray", "1"},
                                         {"Connection", "x-mine"},
                                         {"x-mine", "1"},
                                         {"X-Kept", "yes"}}});
  w.get(openai_path);
  const auto hit = w.get(openai_path);
  ASSERT_EQ(hit.outcome, outcome::hit);
  for (const auto* name : {"set-cookie", "x-portkey-trace-id", "cf-ray", "connection", "x-mine"})
    EXPECT_FALSE(hit.fields.contains(name)) << name;
  EXPECT_EQ(hit.fields.find("x-kept"), "yes");
}

// Promise 5.
TEST(lookup, many_share_one_flight_and_all_are_answered) {
  world w;
  w.origin.says(openai_path, openai_record);
  w.origin.hold(openai_path);
  std::vector<std::shared_ptr<conversation>> clients;
  for (int i = 0; i < 20; ++i) clients.push_back(w.start("GET", openai_path));
  const auto other = w.start("GET", openai_path, key_b);
  EXPECT_EQ(w.origin.count(openai_path), 2) << "one flight for each credential";
  w.origin.release(openai_path);
  w.run();
  for (const auto& client : clients) EXPECT_EQ(client->got().body, openai_record);
  EXPECT_EQ(clients[0]->got().outcome, outcome::miss);
  EXPECT_EQ(clients[1]->got().outcome, outcome::collapsed);
  EXPECT_EQ(clients[1]->got().cache_status(), "sidecache; fwd=uri-miss; fwd-status=200; stored; collapsed");
  EXPECT_EQ(other->got().body, openai_record);
}

TEST(lookup, a_leader_that_leaves_ends_nothing) {
  world w;
  w.origin.says(openai_path, openai_record);
  w.origin.hold(openai_path);
  const auto leader = w.start("GET", openai_path);
  const auto waiter = w.start("GET", openai_path);
  leader->leave();
  w.origin.release(openai_path);
  w.run();
  EXPECT_FALSE(leader->done());
  EXPECT_EQ(waiter->got().body, openai_record);
  EXPECT_EQ(w.get(openai_path).outcome, outcome::hit);
}

TEST(lookup, a_fetch_that_dies_elects_another_and_all_are_answered_in_the_end) {
  world w;
  w.origin.says(openai_path, {.body = {}, .dies = true});
  w.origin.hold(openai_path);
  std::vector<std::shared_ptr<conversation>> clients;
  for (int i = 0; i < 5; ++i) clients.push_back(w.start("GET", openai_path));
  for (int election = 0; election < 3; ++election) {
    w.origin.release(openai_path);
    w.origin.hold(openai_path);
    w.run();
  }
  w.origin.release(openai_path);
  for (const auto& client : clients) EXPECT_EQ(client->got().status, 502U);
  EXPECT_EQ(w.origin.count(openai_path), 3) << "one flight an election, not one a waiter";

  w.origin.says(openai_path, openai_record);
  EXPECT_EQ(w.get(openai_path).status, 200U);
}

TEST(lookup, waiters_of_an_unstorable_answer_all_get_it_at_once) {
  world w;
  w.origin.says(openai_path, {.body = openai_record,
                              .fields = {{"Content-Type", "application/json"}, {"Cache-Control", "no-store"}}});
  w.origin.hold(openai_path);
  std::vector<std::shared_ptr<conversation>> clients;
  for (int i = 0; i < 10; ++i) clients.push_back(w.start("GET", openai_path));
  w.origin.release(openai_path);
  w.run();
  for (const auto& client : clients) EXPECT_EQ(client->got().body, openai_record);
  EXPECT_EQ(w.origin.count(openai_path), 1);
  EXPECT_EQ(w.get(openai_path).outcome, outcome::miss) << "no-store is obeyed";
}

TEST(lookup, an_answer_over_the_record_limit_streams_to_each_and_is_remembered_as_such) {
  proxy::settings s;
  s.record_bytes = 1000;
  world w(s);
  const std::string big(5000, 'x');
  w.origin.says(openai_path, big);
  w.origin.says("GET " + openai_path, big);
  w.origin.hold(openai_path);
  const auto a = w.start("GET", openai_path);
  const auto b = w.start("GET", openai_path);
  w.origin.release(openai_path);
  w.run();
  EXPECT_EQ(a->got().body, big);
  EXPECT_EQ(b->got().body, big);
  EXPECT_EQ(w.get(openai_path).cache_status(), "sidecache; fwd=bypass; fwd-status=200; detail=not-storable");
  EXPECT_EQ(w.origin.count(openai_path), 1) << "the marker spares the attempt";
  EXPECT_EQ(w.origin.count("GET " + openai_path), 3);
  w.clock.advance(proxy::marker_ttl);
  w.origin.says(openai_path, openai_record);
  EXPECT_EQ(w.get(openai_path).outcome, outcome::miss);
}

// Promise 4.
TEST(lookup, is_fresh_for_its_ttl_and_not_longer) {
  proxy::settings s;
  s.freshness.stale_while_revalidate = 0s;
  world w(s);
  w.origin.says(openai_path, openai_record);
  w.get(openai_path);
  w.clock.advance(30s - 1ns);
  EXPECT_EQ(w.get(openai_path).outcome, outcome::hit);
  w.clock.advance(1ns);
  const auto again = w.get(openai_path);
  EXPECT_EQ(again.outcome, outcome::miss);
  EXPECT_EQ(again.cache_status(), "sidecache; fwd=stale; fwd-status=200; stored");
}

TEST(lookup, an_age_on_arrival_and_a_shorter_max_age_shorten_the_ttl) {
  proxy::settings s;
  s.freshness.stale_while_revalidate = 0s;
  world w(s);
  w.origin.says(openai_path,
                {.body = openai_record,
                 .fields = {{"Content-Type", "application/json"}, {"Cache-Control", "max-age=20"}, {"Age", "15"}}});
  w.get(openai_path);
  w.clock.advance(4s);
  const auto hit = w.get(openai_path);
  EXPECT_EQ(hit.outcome, outcome::hit);
  EXPECT_EQ(hit.fields.find("age"), "19");
  w.clock.advance(1s);
  EXPECT_EQ(w.get(openai_path).outcome, outcome::miss);
}

TEST(lookup, inactive_records_get_the_inactive_ttl) {
  for (const auto* more : {R"(,"status":"exhausted")", R"(,"status":"expired")", R"(,"status":"archived")",
                           R"(,"status":"active","expires_at":"2001-01-01T00:00:00Z")",
                           R"(,"status":"active","expires_at":"the day after tomorrow")"}) {
    proxy::settings s;
    s.freshness.stale_while_revalidate = 0s;
    world w(s);
    w.origin.says("/providers/p", std::string(R"({"object":"provider","slug":"p")") + more + "}");
    w.get("/providers/p");
    w.clock.advance(4999ms);
    EXPECT_EQ(w.get("/providers/p").outcome, outcome::hit) << more;
    w.clock.advance(1ms);
    EXPECT_EQ(w.get("/providers/p").outcome, outcome::miss) << more;
  }
}

// The manual clock starts at 2023-11-14T22:13:20Z.
TEST(lookup, nothing_is_served_past_expires_at_in_an_outage_either) {
  world w;
  w.origin.says("/providers/p", record("provider", "p", R"(,"expires_at":"2023-11-14T22:13:30Z")"));
  w.get("/providers/p");
  w.origin.fails("/providers/p", proxy::failure_kind::connect);
  w.clock.advance(9999ms);
  EXPECT_EQ(w.get("/providers/p").cache_status(), "sidecache; hit; ttl=0");
  w.clock.advance(1ms);
  EXPECT_EQ(w.get("/providers/p").status, 502U);
}

TEST(lookup, is_not_fresh_past_the_next_usage_reset_but_servable_in_an_outage) {
  world w;
  w.origin.says("/virtual-keys/k",
                record("virtual-key", "k", R"(,"usage_limits":{"next_usage_reset_at":"2023-11-14T22:13:30Z"})"));
  w.get("/virtual-keys/k");
  w.clock.advance(10s);
  EXPECT_EQ(w.get("/virtual-keys/k").outcome, outcome::miss);
  w.clock.advance(31s);
  w.clock.advance(10s);
  w.origin.fails("/virtual-keys/k", proxy::failure_kind::timeout);
  EXPECT_EQ(w.get("/virtual-keys/k").outcome, outcome::stale_error);
}

TEST(lookup, deadlines_run_on_the_wall_clock_and_ttls_do_not) {
  world w;
  w.origin.says("/providers/p", record("provider", "p", R"(,"expires_at":"2023-11-14T23:00:00Z")"));
  w.origin.says(openai_path, openai_record);
  w.get("/providers/p");
  w.get(openai_path);
  w.clock.step_wall(2h);
  w.origin.fails("/providers/p", proxy::failure_kind::connect);
  EXPECT_EQ(w.get("/providers/p").status, 502U);
  EXPECT_EQ(w.get(openai_path).outcome, outcome::hit);
}

TEST(lookup, nothing_outlives_the_jwt_it_was_asked_with) {
  world w;
  // {"alg":"none"} . {"exp":1700000010} . x
  const header_list jwt = {{"authorization", "Bearer eyJhbGciOiJub25lIn0.eyJleHAiOjE3MDAwMDAwMTB9.x"}};
  w.origin.says(openai_path, openai_record);
  w.get(openai_path, jwt);
  w.clock.advance(9s);
  EXPECT_EQ(w.get(openai_path, jwt).outcome, outcome::hit);
  w.clock.advance(1s);
  w.origin.fails(openai_path, proxy::failure_kind::connect);
  EXPECT_EQ(w.get(openai_path, jwt).status, 502U);
}

TEST(lookup, stale_while_revalidate_serves_and_fetches_once_behind_the_clients_back) {
  world w;
  w.origin.says(openai_path, openai_record);
  w.get(openai_path);
  w.clock.advance(31s);
  w.origin.says(openai_path, record("integration", "openai", R"(,"name":"new")"));
  w.origin.hold(openai_path);
  for (int i = 0; i < 3; ++i) {
    const auto stale = w.get(openai_path);
    EXPECT_EQ(stale.outcome, outcome::stale_while_revalidate);
    EXPECT_EQ(stale.cache_status(), "sidecache; hit; ttl=-1; detail=stale-while-revalidate");
    EXPECT_EQ(stale.body, openai_record);
  }
  EXPECT_EQ(w.origin.count(openai_path), 2);
  w.origin.release(openai_path);
  w.run();
  EXPECT_EQ(w.get(openai_path).body, record("integration", "openai", R"(,"name":"new")"));
}

TEST(lookup, a_304_to_our_validator_refreshes_the_entry_and_keeps_its_bytes) {
  proxy::settings s;
  s.freshness.stale_while_revalidate = 0s;
  world w(s);
  w.origin.says(openai_path,
                {.body = openai_record, .fields = {{"Content-Type", "application/json"}, {"ETag", "\"v1\""}}});
  w.get(openai_path);
  w.clock.advance(31s);
  w.origin.says(openai_path, {.status = 304, .body = {}, .fields = {{"ETag", "\"v1\""}, {"X-New", "1"}}});
  const auto confirmed = w.get(openai_path);
  EXPECT_EQ(w.origin.last().fields.find("if-none-match"), "\"v1\"");
  EXPECT_EQ(confirmed.status, 200U);
  EXPECT_EQ(confirmed.body, openai_record);
  EXPECT_EQ(confirmed.outcome, outcome::revalidated);
  EXPECT_EQ(confirmed.cache_status(), "sidecache; fwd=stale; fwd-status=304; stored");
  const auto hit = w.get(openai_path);
  EXPECT_EQ(hit.outcome, outcome::hit);
  EXPECT_EQ(hit.fields.find("x-new"), "1");
  EXPECT_EQ(hit.fields.find("content-type"), "application/json");
}

TEST(lookup, a_304_for_another_version_confirms_nothing) {
  world w;
  w.origin.says(openai_path,
                {.body = openai_record, .fields = {{"Content-Type", "application/json"}, {"ETag", "\"v1\""}}});
  w.get(openai_path);
  w.clock.advance(60s);
  w.origin.says(openai_path, {.status = 304, .body = {}, .fields = {{"ETag", "\"v2\""}}});
  const auto got = w.get(openai_path);
  EXPECT_EQ(got.outcome, outcome::stale_error);
  EXPECT_EQ(got.body, openai_record);
  w.clock.advance(72h);
  EXPECT_EQ(w.get(openai_path).status, 304U) << "with nothing held any more, no validator was sent";
}

TEST(lookup, routes_have_ttls_of_their_own) {
  proxy::settings s;
  s.freshness.stale_while_revalidate = 0s;
  s.routes = {{records::kind::provider, "slow", {.ttl = 100s}},
              {records::kind::provider, "", {.ttl = 1s, .stale_while_revalidate = 0s}}};
  world w(s);
  w.origin.says("/providers/slow", record("provider", "slow"));
  w.origin.says("/providers/fast", record("provider", "fast"));
  w.get("/providers/slow");
  w.get("/providers/fast");
  w.clock.advance(1s);
  EXPECT_EQ(w.get("/providers/slow").outcome, outcome::hit);
  EXPECT_EQ(w.get("/providers/fast").outcome, outcome::miss);
}

TEST(lookup, a_routes_uuid_is_the_same_in_any_case) {
  proxy::settings s;
  s.routes = {
      {records::kind::provider, "ABCDEF00-0000-4000-8000-000000000001", {.ttl = 1s, .stale_while_revalidate = 0s}}};
  world w(s);
  const std::string by_id = "/providers/abcdef00-0000-4000-8000-000000000001";
  w.origin.says(by_id, record("provider", "p"));
  w.get(by_id);
  w.clock.advance(1s);
  EXPECT_EQ(w.get(by_id).outcome, outcome::miss);
}

TEST(lookup, unknown_fields_are_counted_and_tolerated) {
  world w;
  w.origin.says(openai_path, record("integration", "openai", R"(,"brand_new":{"a":[1]})"));
  EXPECT_EQ(w.get(openai_path).status, 200U);
  EXPECT_EQ(w.observer.unknown, 1U);
  EXPECT_EQ(w.get(openai_path).outcome, outcome::hit);
}

}  // namespace
}  // namespace sidecache::tests
