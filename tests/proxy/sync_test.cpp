// Sync that passes: asked once, and what it names is forgotten before the gateway hears of it.
#include <gtest/gtest.h>

#include "proxy/gateway_world.hpp"

namespace sidecache::tests {
namespace {

constexpr auto vk_id = "aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa";
constexpr auto integration_id = "11111111-1111-4111-8111-111111111111";
constexpr auto bare_self_path = "/v2/api-keys/self/details";
constexpr auto config_path = "/v2/configs/c?organisation_id=org";
constexpr auto prompt_path = "/v2/prompts/p?organisation_id=org";
constexpr auto partial_path = "/v2/prompts/partials/p?organisation_id=org";
constexpr auto list_path = "/v2/integrations/?organisation_id=org";

std::string vk_by_id() { return "/v2/virtual-keys/" + std::string(vk_id) + "?organisation_id=org"; }

/// A data plane that has heard sync and holds a record of each family.
struct a_gateways_cache : testing::Test {
  a_gateways_cache() {
    const std::string ids =
        R"(,"id":")" + std::string(vk_id) + R"(","integration_id":")" + std::string(integration_id) + "\"";
    w.origin.says(vk_path, virtual_key("vk", ids));
    w.origin.says(vk_by_id(), virtual_key("vk", ids));
    w.origin.says(config_path, enveloped(R"({"slug":"c"})"));
    w.origin.says(prompt_path, enveloped(R"({"slug":"p"})"));
    w.origin.says(partial_path, enveloped(R"({"slug":"p"})"));
    w.origin.says(list_path, enveloped(R"([{"slug":"openai"}])"));
    w.origin.says(bare_self_path, enveloped(R"({"id":")" + std::string(key_id) + R"(","organisation_id":"org"})"));
    fill();
  }
  void fill() {
    w.sync();
    w.lookup(bare_self_path);
    for (const std::string& target : targets()) w.lookup(target);
  }
  static std::vector<std::string> targets() {
    return {vk_path, vk_by_id(), config_path, prompt_path, partial_path, list_path, bare_self_path};
  }
  /// Which of them have to be asked for again.
  std::string dropped() {
    std::string out;
    for (const std::string& target : targets()) {
      if (w.lookup(target).outcome == outcome::hit) continue;
      out += target.substr(4, target.find('?') - 4) + " ";
    }
    return out;
  }
  std::string dropped_by(const std::string& data) {
    w.sync(data);
    return dropped();
  }
  gateway_world w;
};

TEST_F(a_gateways_cache, an_empty_one_drops_nothing) {
  EXPECT_EQ(dropped_by("{}"), "");
  EXPECT_EQ(dropped_by(R"({"virtualKeysV2":[],"version":"v2","hasMore":false,"configsV2":null})"), "");
}

TEST_F(a_gateways_cache, a_virtual_key_goes_under_its_slug_and_its_uuid) {
  EXPECT_EQ(dropped_by(R"({"virtualKeysV2":[{"slug":"vk","workspace_id":"ws"}]})"),
            "virtual-keys/vk virtual-keys/" + std::string(vk_id) + " ");
}

TEST_F(a_gateways_cache, each_family_names_its_own) {
  EXPECT_EQ(dropped_by(R"({"configsV2":[{"slug":"c"}]})"), "configs/c ");
  fill();
  EXPECT_EQ(dropped_by(R"({"promptsV2":[{"slug":"p"}]})"), "prompts/p ");
  fill();
  EXPECT_EQ(dropped_by(R"({"promptPartialsV2":[{"slug":"p"}]})"), "prompts/partials/p ");
  fill();
  EXPECT_EQ(dropped_by(R"({"guardrailsV2":[{"slug":"c"}]})"), "");
  EXPECT_EQ(dropped_by(R"({"configs":["c"]})"), "configs/c ") << "the first version's shape";
}

TEST_F(a_gateways_cache, a_prompt_takes_its_versions_along) {
  const std::string version = "/v2/prompts/p@12?organisation_id=org";
  w.origin.says(version, enveloped(R"({"slug":"p"})"));
  w.lookup(version);
  EXPECT_EQ(dropped_by(R"({"promptsV2":[{"slug":"other"}]})"), "");
  EXPECT_EQ(w.lookup(version).outcome, outcome::hit);
  w.sync(R"({"promptsV2":[{"slug":"p"}]})");
  EXPECT_EQ(w.lookup(version).outcome, outcome::miss);
}

TEST_F(a_gateways_cache, an_integration_takes_its_virtual_keys_and_the_list_along) {
  EXPECT_EQ(dropped_by(R"({"integrationsV2":[{"slug":"openai","id":")" + std::string(integration_id) + "\"}]}"),
            "virtual-keys/vk virtual-keys/" + std::string(vk_id) + " integrations/ ");
}

TEST_F(a_gateways_cache, an_api_key_takes_everything_along_that_it_was_given) {
  const header_list& other = gateway_b;
  w.origin.says(bare_self_path, enveloped(R"({"id":"77777777-7777-4777-8777-777777777777"})"));
  w.get(bare_self_path, other);
  w.get(config_path, other);
  w.origin.says(sync_path, enveloped(R"({"apiKeyIds":[")" + std::string(key_id) + "\"]}"));
  w.get(sync_path, gateway_a);
  EXPECT_EQ(w.get(config_path, other).outcome, outcome::hit) << "another key's";
  EXPECT_EQ(w.lookup(config_path).outcome, outcome::miss);
  EXPECT_EQ(w.lookup(bare_self_path).outcome, outcome::miss);
}

TEST_F(a_gateways_cache, an_api_key_never_seen_may_be_any_that_was_never_seen) {
  w.get(config_path, gateway_b);
  EXPECT_EQ(w.get(config_path, gateway_b).outcome, outcome::hit);
  w.sync(R"({"apiKeyIds":["77777777-7777-4777-8777-777777777777"]})");
  EXPECT_EQ(w.get(config_path, gateway_b).outcome, outcome::miss);
  EXPECT_EQ(w.lookup(config_path).outcome, outcome::hit) << "known to be another";
}

TEST_F(a_gateways_cache, a_list_whose_name_says_nothing_may_name_any_record) {
  const std::string by_name = dropped_by(R"({"thingsV9":[{"slug":"p"}]})");
  EXPECT_NE(by_name.find("prompts/p prompts/partials/p "), std::string::npos) << by_name;
  EXPECT_EQ(by_name.find("configs"), std::string::npos) << by_name;
}

TEST_F(a_gateways_cache, what_cannot_be_told_is_everything) {
  for (const std::string& data :
       {R"({"virtualKeysV2":{"vk":true}})", R"({"thingsV9":[7]})", R"({"apiKeyIds":7})", R"([{"slug":"vk"},7])"}) {
    EXPECT_NE(dropped_by(data).find("virtual-keys/vk "), std::string::npos) << data;
    fill();
  }
}

TEST_F(a_gateways_cache, what_cannot_be_told_is_servable_in_an_outage) {
  w.sync(R"({"thingsV9":[7],"promptsV2":[{"slug":"p"}]})");
  w.origin.fails(config_path, proxy::failure_kind::connect, false);
  w.origin.fails(prompt_path, proxy::failure_kind::connect, false);
  EXPECT_EQ(w.lookup(config_path).outcome, outcome::stale_error) << "to be revalidated, and kept";
  EXPECT_EQ(w.lookup(prompt_path).outcome, outcome::error) << "named: dropped";
}

TEST_F(a_gateways_cache, what_stands_twice_may_be_read_in_two_ways) {
  w.origin.says(sync_path, R"({"success":true,"data":{},"data":{"configsV2":[{"slug":"c"}]}})");
  w.get(sync_path, gateway_a);
  EXPECT_EQ(w.lookup(config_path).outcome, outcome::miss);
}

TEST_F(a_gateways_cache, a_record_asked_for_by_uuid_that_tells_no_slug_may_be_any) {
  const std::string by_id = "/v2/configs/" + std::string(vk_id) + "?organisation_id=org";
  w.origin.says(by_id, enveloped(R"({"config":"{}"})"));
  w.lookup(by_id);
  EXPECT_EQ(w.lookup(by_id).outcome, outcome::hit);
  w.sync(R"({"configsV2":[{"slug":"its-slug"}]})");
  EXPECT_EQ(w.lookup(by_id).outcome, outcome::miss);
}

TEST_F(a_gateways_cache, what_was_remembered_as_absent_goes_too) {
  const std::string none = "/v2/configs/none?organisation_id=org";
  w.lookup(none);
  w.origin.says(none, enveloped(R"({"slug":"none"})"));
  EXPECT_EQ(w.lookup(none).outcome, outcome::negative_hit);
  w.sync(R"({"configsV2":[{"slug":"none"}]})");
  EXPECT_EQ(w.lookup(none).status, 200U);
}

TEST_F(a_gateways_cache, the_answer_is_handed_on_as_it_came) {
  const std::string data = R"({ "virtualKeysV2" : [ {"slug":"vk"} ] , "new":1e400 })";
  const auto got = w.sync(data);
  EXPECT_EQ(got.status, 200U);
  EXPECT_EQ(got.body, enveloped(data));
  EXPECT_EQ(got.outcome, outcome::invalidate);
  EXPECT_EQ(got.cache_status(), "sidecache; fwd=bypass; fwd-status=200; detail=sync");
}

TEST_F(a_gateways_cache, it_is_asked_once_and_whole) {
  header_list fields = gateway_a;
  fields.insert(fields.end(), {{"If-None-Match", "\"x\""}, {"Accept-Encoding", "gzip"}, {"Range", "bytes=0-1"}});
  w.get(sync_path, fields);
  EXPECT_TRUE(w.origin.last().once);
  EXPECT_EQ(w.origin.last().fields.find("authorization"), "client-auth");
  EXPECT_EQ(w.origin.last().fields.find("accept-encoding"), "identity");
  EXPECT_FALSE(w.origin.last().fields.contains("if-none-match"));
  EXPECT_FALSE(w.origin.last().fields.contains("range"));
}

TEST_F(a_gateways_cache, two_at_once_are_two) {
  w.origin.hold(sync_path);
  const auto one = w.start("GET", sync_path, gateway_a);
  const auto two = w.start("GET", sync_path, gateway_a);
  const int before = w.origin.count(sync_path);
  w.origin.release(sync_path);
  w.run();
  EXPECT_TRUE(one->done() && two->done());
  EXPECT_EQ(before, 3) << "the one that filled, and these";
}

TEST_F(a_gateways_cache, a_gateway_that_left_is_no_reason_to_forget_what_was_handed_out) {
  w.origin.hold(sync_path);
  const auto gateway = w.start("GET", sync_path, gateway_a);
  gateway->leave();
  w.origin.says(sync_path, enveloped(R"({"configsV2":[{"slug":"c"}]})"));
  w.origin.release(sync_path);
  w.run();
  EXPECT_EQ(dropped(), "configs/c ");
}

TEST_F(a_gateways_cache, a_record_asked_for_before_it_is_not_given_to_a_gateway_after_it) {
  w.sync(R"({"configsV2":[{"slug":"c"}]})");
  w.origin.hold(config_path);
  const auto gateway = w.start("GET", config_path, gateway_a);
  w.sync(R"({"configsV2":[{"slug":"c"}]})");
  w.origin.hold(config_path);  // the one that follows
  const int before = w.origin.count(config_path);
  w.origin.release(config_path);
  w.run();
  EXPECT_EQ(w.origin.count(config_path), before + 1) << "asked anew";
  ASSERT_TRUE(gateway->done());
  EXPECT_EQ(gateway->got().status, 200U);
}

TEST_F(a_gateways_cache, one_that_failed_after_it_was_sent_leaves_everything_to_be_revalidated) {
  w.origin.fails(sync_path, proxy::failure_kind::reset, true);
  EXPECT_EQ(w.get(sync_path, gateway_a).status, 502U);
  w.origin.fails(config_path, proxy::failure_kind::connect, false);
  EXPECT_EQ(w.lookup(config_path).outcome, outcome::stale_error) << "servable in an outage";
  EXPECT_NE(dropped(), "");
  EXPECT_EQ(w.lookup(vk_path).outcome, outcome::miss) << "and nothing is fresh until the next one";
}

TEST_F(a_gateways_cache, by_head_it_is_handed_out_to_nobody) {
  w.origin.says(sync_path, {.status = 200, .body = ""});
  EXPECT_EQ(w.ask("HEAD", sync_path, gateway_a).status, 200U);
  EXPECT_EQ(w.origin.last().method, http::method::head);
  EXPECT_EQ(w.lookup(config_path).outcome, outcome::miss) << "whatever it named is unknown";
}

TEST_F(a_gateways_cache, a_sync_by_another_method_may_have_changed_anything) {
  w.origin.says(std::string("POST ") + sync_path, {.status = 200, .body = "{}"});
  w.ask("POST", sync_path, gateway_a, "{}");
  EXPECT_EQ(w.lookup(config_path).outcome, outcome::miss);
}

TEST_F(a_gateways_cache, one_that_never_left_changes_nothing) {
  w.origin.fails(sync_path, proxy::failure_kind::connect, false);
  EXPECT_EQ(w.get(sync_path, gateway_a).status, 502U);
  EXPECT_EQ(dropped(), "");
}

TEST_F(a_gateways_cache, one_that_was_refused_changes_nothing) {
  w.origin.says(sync_path, {.status = 401, .body = R"({"success":false,"data":{"message":"no"}})"});
  EXPECT_EQ(w.get(sync_path, gateway_a).status, 401U);
  EXPECT_EQ(dropped(), "");
}

TEST_F(a_gateways_cache, one_that_cannot_be_read_is_handed_on_and_everything_is_to_be_revalidated) {
  for (const std::string& body : {"<html>", R"({"success":true,"data":{"virtualKeysV2":[)", R"({"success":false})",
                                  R"({"success":true})", "[]", ""}) {
    w.origin.says(sync_path, body);
    const auto got = w.get(sync_path, gateway_a);
    EXPECT_EQ(got.body, body);
    EXPECT_EQ(w.lookup(config_path).outcome, outcome::miss) << body;
    fill();
  }
  w.origin.says(sync_path, {.status = 500, .body = "{}"});
  EXPECT_EQ(w.get(sync_path, gateway_a).status, 500U);
  EXPECT_EQ(w.lookup(config_path).outcome, outcome::miss);
}

TEST_F(a_gateways_cache, one_organisation_may_have_two_names_and_its_client_key_is_one) {
  const std::string by_slug = "/v1/organisation/the-slug-of-org/sync/1";
  w.advance(1h);
  w.origin.says(by_slug, enveloped("{}"));
  w.get(by_slug, gateway_a);
  w.lookup(config_path);
  EXPECT_EQ(w.lookup(config_path).outcome, outcome::hit);
  w.origin.fails(by_slug, proxy::failure_kind::reset, true);
  w.get(by_slug, gateway_a);
  EXPECT_EQ(w.lookup(config_path).outcome, outcome::miss);
}

TEST_F(a_gateways_cache, another_organisations_loss_is_not_this_ones) {
  const std::string theirs = "/v1/organisation/other/sync/1";
  w.origin.fails(theirs, proxy::failure_kind::reset, true);
  w.get(theirs, other_client);
  EXPECT_EQ(w.lookup(config_path).outcome, outcome::hit);
}

TEST_F(a_gateways_cache, what_is_read_after_it_named_it_is_fresh_for_a_second) {
  w.sync(R"({"configsV2":[{"slug":"c"}]})");
  w.lookup(config_path);
  EXPECT_EQ(w.lookup(config_path).outcome, outcome::hit);
  w.advance(1s);
  EXPECT_EQ(w.lookup(config_path).outcome, outcome::miss);
}

TEST_F(a_gateways_cache, a_put_by_uuid_drops_the_key_under_its_slug) {
  const std::string put = "/v2/virtual-keys/" + std::string(vk_id);
  w.origin.says("PUT " + put, {.status = 200, .body = enveloped("{}")});
  w.ask("PUT", put, gateway_a, R"({"status":"exhausted"})");
  EXPECT_EQ(dropped(), "virtual-keys/vk virtual-keys/" + std::string(vk_id) + " ");
}

TEST_F(a_gateways_cache, a_resync_drops_what_its_body_names) {
  const std::string resync = "/v1/organisation/org/resync";
  w.origin.says("POST " + resync, {.status = 200, .body = enveloped("{}")});
  const std::string body = R"({"virtualKeyIdsToExhaust":[")" + std::string(vk_id) + "\"]}";
  EXPECT_EQ(w.ask("POST", resync, gateway_a, body).outcome, outcome::invalidate);
  EXPECT_EQ(w.origin.last_body(), body);
  EXPECT_EQ(dropped(), "virtual-keys/vk virtual-keys/" + std::string(vk_id) + " ");
  fill();
  w.origin.says("POST " + resync, {.status = 403, .body = "{}"});
  w.ask("POST", resync, gateway_a, body);
  EXPECT_EQ(dropped(), "");
  w.origin.says("POST " + resync, {.status = 200, .body = "{}"});
  w.ask("POST", resync, gateway_a, "not json");
  EXPECT_NE(dropped().find("configs/c "), std::string::npos) << "it may name anything";
  fill();
  w.ask("POST", resync, gateway_a, "{}");
  EXPECT_NE(dropped().find("configs/c "), std::string::npos) << "or mean anything";
}

TEST_F(a_gateways_cache, a_write_through_another_plane_of_the_process_is_seen) {
  const auto both = std::make_shared<proxy::replica>();
  gateway_world data(data_plane(), both);
  world admin({}, {}, both);
  data.sync();
  data.lookup();
  admin.origin.says("/v1/virtual-keys/vk", record("virtual-key", "vk"));
  admin.get("/v1/virtual-keys/vk");
  admin.origin.says("DELETE /v1/virtual-keys/vk", {.body = "{}"});
  admin.ask("DELETE", "/v1/virtual-keys/vk");
  EXPECT_EQ(data.lookup().outcome, outcome::miss);
  EXPECT_EQ(admin.get("/v1/virtual-keys/vk").outcome, outcome::miss);
  EXPECT_EQ(admin.get("/v1/virtual-keys/vk").outcome, outcome::hit);
  data.sync(R"({"virtualKeysV2":[{"slug":"vk"}]})");
  EXPECT_EQ(admin.get("/v1/virtual-keys/vk").outcome, outcome::miss) << "sync on one plane, records of all";
}

TEST_F(a_gateways_cache, sync_on_another_plane_of_the_process_makes_this_ones_records_fresh) {
  const auto both = std::make_shared<proxy::replica>();
  gateway_world lookups(data_plane(), both);
  gateway_world source(data_plane(), both);
  source.sync();
  lookups.lookup();
  EXPECT_EQ(lookups.lookup().outcome, outcome::hit);
}

}  // namespace
}  // namespace sidecache::tests
