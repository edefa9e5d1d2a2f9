// What gateways ask: which lookups are answered from memory, for whom, and for how long sync makes that safe.
#include <gtest/gtest.h>

#include "proxy/gateway_world.hpp"

namespace sidecache::tests {
namespace {

std::string self(std::string_view name) {
  return enveloped(R"({"id":")" + std::string(key_id) + R"(","name":")" + std::string(name) +
                   R"(","organisation":{"id":"org"},"workspace":{"id":"ws"}})");
}

TEST(data_plane, every_family_of_lookups_is_answered_from_memory_once_sync_was_heard) {
  gateway_world w;
  w.sync();
  const std::vector<std::pair<std::string, std::string>> all{
      {vk_path, virtual_key("vk")},
      {"/v2/configs/c?organisation_id=org", enveloped(R"({"slug":"c","config":{}})")},
      {"/v2/prompts/p?organisation_id=org", enveloped(R"({"id":"p","string":"Hello"})")},
      {"/v2/prompts/partials/p?organisation_id=org", enveloped(R"({"slug":"p"})")},
      {"/v2/guardrails/g?organisation_id=org", enveloped(R"({"slug":"g","checks":[]})")},
      {"/v2/integrations/?organisation_id=org", enveloped(R"([{"slug":"openai"},{"slug":"azure"}])")},
      {self_path, self("a")}};
  for (const auto& [target, body] : all) {
    w.origin.says(target, body);
    EXPECT_EQ(w.lookup(target).outcome, outcome::miss) << target;
    const auto again = w.lookup(target);
    EXPECT_EQ(again.outcome, outcome::hit) << target;
    EXPECT_EQ(again.body, body);
  }
}

TEST(data_plane, everything_else_is_passed_and_never_stored) {
  gateway_world w;
  w.sync();
  for (const std::string target : {"/v2/mcp/tokens/t", "/v1/oauth/token", "/v2/configs", "/v2/api-keys/self",
                                   "/v2/configs/c/versions", "/v2/secret-references/s"}) {
    w.origin.says("GET " + target, enveloped(R"({"slug":"t"})"));
    for (int i = 0; i < 2; ++i) EXPECT_EQ(w.lookup(target).outcome, outcome::pass) << target;
  }
}

TEST(data_plane, who_is_asking_stands_in_both_headers) {
  gateway_world w;
  w.sync();
  w.origin.says(self_path, self("a"));
  w.lookup(self_path);
  w.origin.says(self_path, self("b"));
  EXPECT_EQ(w.get(self_path, gateway_b).body, self("b"));
  EXPECT_EQ(w.get(self_path, {{"Authorization", "other"}, {"x-portkey-api-key", "key-a"}}).body, self("b"));
  EXPECT_EQ(w.lookup(self_path).body, self("a"));
}

TEST(data_plane, the_same_slug_in_another_workspace_is_another_record) {
  gateway_world w;
  w.sync();
  const std::string there = "/v2/virtual-keys/vk?organisation_id=org&workspace_id=other";
  w.origin.says(there, virtual_key("vk", R"(,"key":"theirs")"));
  w.lookup();
  EXPECT_EQ(w.lookup(there).body, virtual_key("vk", R"(,"key":"theirs")"));
  EXPECT_EQ(w.lookup().body, virtual_key("vk"));
}

TEST(data_plane, without_sync_nothing_is_fresh) {
  gateway_world w;
  for (int i = 0; i < 3; ++i) EXPECT_EQ(w.lookup().outcome, outcome::miss);
  EXPECT_EQ(w.origin.count(vk_path), 3);
}

TEST(data_plane, without_sync_those_who_wait_share_a_fetch) {
  gateway_world w;
  w.origin.hold(vk_path);
  const auto first = w.start("GET", vk_path, gateway_a);
  const auto second = w.start("GET", vk_path, gateway_a);
  w.origin.release(vk_path);
  w.run();
  EXPECT_EQ(first->got().outcome, outcome::miss);
  EXPECT_EQ(second->got().outcome, outcome::collapsed);
}

TEST(data_plane, without_sync_who_comes_later_is_not_given_what_was_asked_for_before) {
  gateway_world w;
  w.origin.hold(vk_path);
  const auto first = w.start("GET", vk_path, gateway_a);
  w.advance(1s);  // sync names it, elsewhere
  const auto second = w.start("GET", vk_path, gateway_a);
  const auto third = w.start("GET", vk_path, gateway_a);
  w.origin.release(vk_path);
  w.origin.says(vk_path, virtual_key("vk", R"(,"key":"old")"));
  w.origin.hold(vk_path);
  w.run();
  EXPECT_EQ(first->got().body, virtual_key("vk", R"(,"key":"old")"));
  EXPECT_FALSE(second->done() || third->done());
  w.origin.says(vk_path, virtual_key("vk", R"(,"key":"new")"));
  w.origin.release(vk_path);
  w.run();
  EXPECT_EQ(second->got().body, virtual_key("vk", R"(,"key":"new")"));
  EXPECT_EQ(third->got().body, virtual_key("vk", R"(,"key":"new")"));
  EXPECT_EQ(w.origin.count(vk_path), 2) << "one for all who waited";
}

TEST(data_plane, without_sync_who_comes_later_shares_a_failure) {
  gateway_world w;
  w.lookup();
  w.origin.hold(vk_path);
  const auto first = w.start("GET", vk_path, gateway_a);
  w.advance(1s);
  const auto second = w.start("GET", vk_path, gateway_a);
  w.origin.fails(vk_path, proxy::failure_kind::timeout);
  w.origin.release(vk_path);
  w.run();
  EXPECT_EQ(first->got().outcome, outcome::stale_error);
  EXPECT_EQ(second->got().outcome, outcome::stale_error);
  EXPECT_EQ(w.origin.count(vk_path), 2);
}

TEST(data_plane, without_sync_a_404_is_remembered) {
  gateway_world w;
  const std::string none = "/v2/configs/none?organisation_id=org";
  EXPECT_EQ(w.lookup(none).status, 404U);
  EXPECT_EQ(w.lookup(none).outcome, outcome::negative_hit);
}

TEST(data_plane, without_sync_what_was_asked_before_is_answered_in_an_outage) {
  gateway_world w;
  w.lookup();
  w.origin.fails(vk_path, proxy::failure_kind::connect, false);
  w.advance(1h);
  const auto got = w.lookup();
  EXPECT_EQ(got.outcome, outcome::stale_error);
  EXPECT_EQ(got.status, 200U);
}

TEST(data_plane, a_ttl_without_sync_can_be_set) {
  auto s = data_plane();
  s.sync.unheard_ttl = 2s;
  gateway_world w(s);
  w.lookup();
  EXPECT_EQ(w.lookup().outcome, outcome::hit);
  w.advance(2s);
  EXPECT_EQ(w.lookup().outcome, outcome::miss);
}

TEST(data_plane, a_record_is_fresh_for_its_ttl_after_sync) {
  gateway_world w;
  w.sync();
  w.lookup();
  w.advance(9s);
  EXPECT_EQ(w.lookup().outcome, outcome::hit);
  w.advance(1s);
  EXPECT_EQ(w.lookup().outcome, outcome::miss);
}

TEST(data_plane, nothing_is_fresh_past_the_time_when_the_next_sync_may_pass_elsewhere) {
  gateway_world w;
  w.sync();
  w.advance(25s);
  w.lookup();
  w.advance(4s);
  EXPECT_EQ(w.lookup().outcome, outcome::hit);
  w.advance(1s);
  EXPECT_EQ(w.lookup().outcome, outcome::miss);
  EXPECT_EQ(w.lookup().outcome, outcome::miss);
}

TEST(data_plane, the_time_counts_from_when_sync_was_asked_for) {
  gateway_world w;
  w.origin.hold(sync_path);
  const auto slow = w.start("GET", sync_path, gateway_a);
  w.advance(29s);
  w.origin.release(sync_path);
  w.run();
  w.lookup();
  w.advance(1s);
  EXPECT_EQ(w.lookup().outcome, outcome::miss);
}

TEST(data_plane, nothing_is_fetched_ahead_of_its_end_for_a_later_sync_may_pass_elsewhere) {
  gateway_world w;
  w.sync();
  w.lookup();
  for (int i = 0; i < 99; ++i, w.advance(100ms)) EXPECT_EQ(w.lookup().outcome, outcome::hit);
  EXPECT_EQ(w.origin.count(vk_path), 1);
}

TEST(data_plane, another_clients_sync_of_the_same_organisation_makes_nothing_fresh) {
  gateway_world w;
  w.get(sync_path, other_client);
  w.lookup();
  EXPECT_EQ(w.lookup().outcome, outcome::miss);
}

TEST(data_plane, of_two_fleets_behind_one_client_the_one_that_was_told_last_longest_ago_decides) {
  gateway_world w;
  const std::string second = "/v1/organisation/org/sync/1?version=1&identifier=second";
  w.origin.says(second, enveloped("{}"));
  w.get(second, gateway_a);
  w.advance(25s);
  w.sync();
  w.lookup();
  w.advance(4s);
  EXPECT_EQ(w.lookup().outcome, outcome::hit);
  w.advance(1s);
  EXPECT_EQ(w.lookup().outcome, outcome::miss);
  EXPECT_EQ(w.lookup().outcome, outcome::miss) << "the second fleet's next sync may have passed elsewhere";
  w.advance(10min);
  w.sync();
  w.lookup();
  EXPECT_EQ(w.lookup().outcome, outcome::hit) << "it is there no more";
}

TEST(data_plane, another_organisations_sync_makes_nothing_fresh) {
  gateway_world w;
  const std::string theirs = "/v1/organisation/other/sync/1?identifier=i";
  w.origin.says(theirs, enveloped("{}"));
  w.get(theirs, other_client);
  w.lookup();
  EXPECT_EQ(w.lookup().outcome, outcome::miss);
}

TEST(data_plane, who_does_not_name_an_organisation_is_known_by_the_client_key) {
  gateway_world w;
  w.sync();
  w.origin.says(self_path, self("a"));
  w.lookup(self_path);
  EXPECT_EQ(w.lookup(self_path).outcome, outcome::hit);
  w.get(self_path, other_client);
  EXPECT_EQ(w.get(self_path, other_client).outcome, outcome::miss);
}

TEST(data_plane, who_is_asking_is_fresh_for_five_seconds) {
  gateway_world w;
  w.sync();
  w.origin.says(self_path, self("a"));
  w.lookup(self_path);
  w.advance(4s);
  EXPECT_EQ(w.lookup(self_path).outcome, outcome::hit);
  w.advance(1s);
  EXPECT_EQ(w.lookup(self_path).outcome, outcome::miss);
}

TEST(data_plane, an_api_key_ends_when_its_details_say) {  // the clock began at 22:13:20
  gateway_world w;
  w.origin.says(self_path, enveloped(R"({"api_key_details":{"id":")" + std::string(key_id) +
                                     R"(","expires_at":"2023-11-14T23:13:20Z"},"organisation_id":"org"})"));
  w.lookup(self_path);
  w.origin.fails(self_path, proxy::failure_kind::connect, false);
  w.advance(59min);
  EXPECT_EQ(w.lookup(self_path).outcome, outcome::stale_error);
  w.advance(1min);
  EXPECT_EQ(w.lookup(self_path).outcome, outcome::error);
}

TEST(data_plane, a_control_planes_max_age_can_only_shorten) {
  auto s = data_plane();
  s.freshness.rule = proxy::freshness_rule::origin;
  gateway_world w(s);
  w.sync();
  w.origin.says(vk_path, {.body = virtual_key("vk"),
                          .fields = {{"Content-Type", "application/json"}, {"Cache-Control", "max-age=600"}}});
  w.lookup();
  w.advance(10s);
  EXPECT_EQ(w.lookup().outcome, outcome::miss);
}

TEST(data_plane, what_carries_keys_stands_in_for_a_shorter_time) {
  gateway_world w;
  const std::string config = "/v2/configs/c?organisation_id=org";
  w.origin.says(config, enveloped(R"({"slug":"c"})"));
  w.origin.says(self_path, self("a"));
  for (const std::string& target : {std::string(vk_path), config, std::string(self_path)}) {
    w.lookup(target);
    w.origin.fails(target, proxy::failure_kind::connect, false);
  }
  w.advance(24h - 1s);
  for (const std::string& target : {std::string(vk_path), config, std::string(self_path)})
    EXPECT_EQ(w.lookup(target).outcome, outcome::stale_error) << target;
  w.advance(1s);
  EXPECT_EQ(w.lookup().outcome, outcome::error);
  EXPECT_EQ(w.lookup(self_path).outcome, outcome::error);
  EXPECT_EQ(w.lookup(config).outcome, outcome::stale_error);
}

TEST(data_plane, an_unknown_record_in_an_outage_is_a_502_in_the_envelope) {
  gateway_world w;
  const std::string unknown = "/v2/configs/unknown?organisation_id=org";
  for (const auto kind : {proxy::failure_kind::connect, proxy::failure_kind::avoided, proxy::failure_kind::reset}) {
    w.origin.fails(unknown, kind);
    const auto got = w.lookup(unknown);
    EXPECT_EQ(got.status, 502U);
    EXPECT_NE(got.body.find(R"("data":{"message":)"), std::string::npos) << got.body;
    EXPECT_NE(got.body.find(R"("success":false)"), std::string::npos) << got.body;
  }
  w.origin.fails(unknown, proxy::failure_kind::timeout);
  EXPECT_EQ(w.lookup(unknown).status, 504U);
}

TEST(data_plane, a_gateway_waits_for_a_slow_control_plane_and_is_not_given_what_it_would_keep) {
  gateway_world w;
  w.lookup();
  w.origin.hold(vk_path);
  const auto client = w.start("GET", vk_path, gateway_a);
  w.advance(10s);
  EXPECT_FALSE(client->done());
  w.origin.release(vk_path);
  w.run();
  EXPECT_EQ(client->got().outcome, outcome::miss);
}

}  // namespace
}  // namespace sidecache::tests
