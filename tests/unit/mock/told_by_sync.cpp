// Sync: what changed is told once to each identifier, whoever changed it; resync: what gateways counted.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <set>

#include "unit/mock/gateway_client.hpp"

namespace sidecache::mock {
namespace {

using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

/// "configsV2 pc-router acme-prod": all that a sync answer names, with workspaces by their slugs.
std::multiset<std::string> names_in(const json::value& data, const json::object& workspaces) {
  std::multiset<std::string> names;
  for (const auto& [list, entries] : data.as_object())
    for (const auto& entry : entries.as_array()) {
      std::string name(list);
      name.append(" ").append(entry.is_string() ? std::string(entry.get_string()) : text(entry, "/slug"));
      const auto place = entry.is_string() ? std::string("(absent)") : text(entry, "/workspace_id");
      if (const auto* known = workspaces.if_contains(place)) name.append(" ").append(known->as_string());
      if (place == "null") name.append(" null");
      names.insert(name);
    }
  return names;
}

struct mock_sync : ::testing::Test {
  gateway_client gateway;
  json::object workspaces;
  std::string key_id;

  mock_sync() {
    for (const auto& [key, slug] :
         {std::pair{acme_prod_key, "acme-prod"}, {acme_staging_key, "acme-staging"}, {acme_prod_key, "acme-prod"}}) {
      gateway.key = key;
      const auto own = gateway.data("/v2/api-keys/self/details");
      workspaces[text(own, "/workspace_id")] = slug;
      key_id = text(own, "/id");
    }
  }
  std::multiset<std::string> told(std::string_view identifier = "a") {
    return names_in(gateway.synced(identifier), workspaces);
  }
  void edit(std::string_view body) {
    const auto done = gateway.post("/__mock/edit", body);
    EXPECT_EQ(done.status, 200U) << done.bytes;
  }
  void resync(std::string_view body) {
    const auto done = gateway.ask("POST", "/v1/organisation/acme/resync", body);
    EXPECT_EQ(done.bytes, R"({"success":true})");
  }
  std::string id_of(const std::string& path) { return text(gateway.data("/v2/" + path), "/id"); }
  std::string status_of(const std::string& path) { return text(gateway.data("/v2/" + path), "/status"); }
};

TEST_F(mock_sync, begins_with_nothing_and_has_all_its_lists) {
  EXPECT_EQ(gateway.ask("GET", "/v1/organisation/acme/sync/0?version=1&identifier=a").bytes,
            R"({"success":true,"data":{"integrationsV2":[],"virtualKeysV2":[],"configsV2":[],"promptsV2":[],)"
            R"("promptPartialsV2":[],"guardrailsV2":[],"apiKeyIds":[]}})");
}

TEST_F(mock_sync, hands_a_change_out_once_to_each_identifier) {
  told("a");
  told("b");
  edit(R"({"kind":"configs","slug":"pc-router","organisation":"acme","workspace":"acme-prod","patch":{"name":"x"}})");
  EXPECT_THAT(told("a"), UnorderedElementsAre("configsV2 pc-router acme-prod"));
  EXPECT_THAT(told("a"), IsEmpty());
  edit(R"({"kind":"configs","slug":"pc-batch","patch":{"name":"x"}})");
  edit(R"({"kind":"configs","slug":"pc-batch","patch":{"name":"y"}})");
  EXPECT_THAT(told("a"), UnorderedElementsAre("configsV2 pc-batch acme-prod"));
  EXPECT_THAT(told("b"), UnorderedElementsAre("configsV2 pc-router acme-prod", "configsV2 pc-batch acme-prod"));
  EXPECT_THAT(told("c"), IsEmpty()) << "who is new begins now";
}

TEST_F(mock_sync, tells_no_organisation_of_another) {
  told();
  edit(R"({"kind":"configs","slug":"pc-router","organisation":"globex","patch":{"name":"x"}})");
  EXPECT_THAT(told(), IsEmpty());
  EXPECT_EQ(gateway.ask("GET", "/v1/organisation/globex/sync/0?identifier=a").status, 403U);
  EXPECT_EQ(gateway.ask("GET", "/v1/organisation/nobody/sync/0?identifier=a").status, 403U);
  EXPECT_EQ(gateway.ask("GET", "/v1/organisation/acme/sync/0").status, 400U) << "an identifier is needed";
  gateway.client_auth = globex_client_auth;
  gateway.key = globex_key;
  EXPECT_EQ(gateway.ask("GET", "/v1/organisation/acme/sync/0?identifier=a").status, 403U);
}

TEST_F(mock_sync, is_asked_by_the_gateway_itself_with_or_without_a_callers_key) {
  gateway.key = "";
  EXPECT_EQ(gateway.ask("GET", "/v1/organisation/acme/sync/0?identifier=a").status, 200U);
  EXPECT_EQ(gateway.ask("POST", "/v1/organisation/acme/resync", "{}").status, 200U);
  EXPECT_EQ(gateway.ask("POST", "/dp/metrics", "").status, 200U);
  EXPECT_EQ(text(gateway.get("/__mock/requests").body, "/by_caller/acme-client-auth"), "3");
  gateway.key = "demo-nobodys-key";
  EXPECT_EQ(gateway.ask("GET", "/v1/organisation/acme/sync/0?identifier=a").status, 401U);
  gateway.client_auth = "";
  EXPECT_EQ(gateway.ask("POST", "/dp/metrics", "").status, 401U);
}

TEST_F(mock_sync, is_not_consumed_by_a_head_request) {
  told();
  edit(R"({"kind":"configs","slug":"pc-batch","patch":{"name":"x"}})");
  EXPECT_EQ(gateway.ask("HEAD", "/v1/organisation/acme/sync/0?identifier=a").status, 404U);
  EXPECT_THAT(told(), UnorderedElementsAre("configsV2 pc-batch acme-prod"));
}

TEST_F(mock_sync, tells_what_the_admin_api_wrote) {
  told();
  gateway.put("/v1/virtual-keys/azure-vk", R"({"note":"x"})");
  EXPECT_THAT(told(), UnorderedElementsAre("virtualKeysV2 azure-vk acme-prod"));
  gateway.post("/v1/virtual-keys", R"({"name":"n","provider":"openai","slug":"new-vk"})");
  EXPECT_THAT(told(), UnorderedElementsAre("virtualKeysV2 new-vk acme-prod")) << "a remembered 404 is wrong now";
  gateway.del("/v1/virtual-keys/new-vk");
  EXPECT_THAT(told(), UnorderedElementsAre("virtualKeysV2 new-vk acme-prod"));
  gateway.put("/v1/providers/bedrock-main", R"({"note":"x"})");
  EXPECT_THAT(told(), UnorderedElementsAre("virtualKeysV2 bedrock-main acme-prod"));
  gateway.put("/v1/integrations/bedrock-us", R"({"name":"x"})");
  const auto with_its_keys = UnorderedElementsAre("integrationsV2 bedrock-us", "virtualKeysV2 bedrock-vk acme-prod",
                                                  "virtualKeysV2 bedrock-main acme-prod");
  EXPECT_THAT(told(), with_its_keys);
  gateway.put("/v1/integrations/bedrock-us/models", R"({"models":[{"slug":"m","enabled":true}]})");
  EXPECT_THAT(told(), with_its_keys);
  gateway.del("/v1/integrations/bedrock-us/models?slugs=m");
  EXPECT_THAT(told(), with_its_keys);
  gateway.del("/v1/integrations/bedrock-us");
  EXPECT_THAT(told(), with_its_keys);
  gateway.put("/v1/integrations/azure-openai-eu/workspaces",
              R"({"workspaces":[{"id":"acme-staging","enabled":true}]})");
  EXPECT_THAT(told(), ::testing::Contains("virtualKeysV2 azure-openai-eu acme-staging")) << "its default provider";
}

TEST_F(mock_sync, tells_nothing_of_what_was_refused_or_only_read) {
  told();
  EXPECT_EQ(gateway.put("/v1/virtual-keys/openai-vk", R"({"usage_limits":7})").status, 400U);
  EXPECT_EQ(gateway.put("/v1/integrations/bedrock-us", R"({"configurations":{"aws_region":""}})").status, 400U);
  EXPECT_EQ(gateway.put("/v1/integrations/bedrock-us/workspaces", "{}").status, 400U);
  EXPECT_EQ(gateway.put("/v1/integrations/bedrock-us/models", R"({"models":7})").status, 400U);
  EXPECT_EQ(gateway.post("/__mock/edit", R"({"kind":"configs","slug":"pc-batch","patch":7})").status, 400U);
  EXPECT_EQ(gateway.ask("PUT", "/v2/virtual-keys/openai-vk", R"({"status":"odd"})").status, 400U);
  gateway.data("/v2/integrations/");
  EXPECT_THAT(told(), IsEmpty());
}

TEST_F(mock_sync, tells_what_was_edited_behind_the_back_in_every_family) {
  struct family_case {
    std::string_view kind, slug;
    std::string name;
  };
  const std::vector<family_case> cases{
      {"integrations", "sandbox", "integrationsV2 sandbox"},
      {"virtual-keys", "azure-vk", "virtualKeysV2 azure-vk acme-prod"},
      {"providers", "vllm-main", "virtualKeysV2 vllm-main acme-prod"},
      {"configs", "pc-router", "configsV2 pc-router acme-prod"},
      {"prompts", "pp-support-reply", "promptsV2 pp-support-reply acme-prod"},
      {"prompts/partials", "pl-tone", "promptPartialsV2 pl-tone acme-prod"},
      {"guardrails", "pg-pii", "guardrailsV2 pg-pii acme-prod"},
      {"api-keys", "acme-readonly", "apiKeyIds "},
  };
  told();
  for (const auto& one : cases) {
    const auto edited = [&](std::string_view what) {
      std::string body = R"({"organisation":"acme","workspace":"acme-prod","kind":")";
      body.append(one.kind).append(R"(","slug":")").append(one.slug).append(R"(",)").append(what).append("}");
      edit(body);
      const auto names = told();
      EXPECT_EQ(names.size(), 1U) << one.kind;
      for (const auto& told_name : names) EXPECT_TRUE(told_name.starts_with(one.name)) << told_name;
    };
    edited(R"("patch":{"name":"changed"})");
    edited(R"("delete":true)");
    if (one.kind != "api-keys") edited(R"("create":{"name":"again"})");
  }
  edit(R"({"kind":"guardrails","slug":"pg-everywhere","patch":{"name":"x"}})");
  EXPECT_THAT(told(), UnorderedElementsAre("guardrailsV2 pg-everywhere null"));
}

TEST_F(mock_sync, tells_of_resync_and_of_exhaustion_by_use) {
  told();
  const auto virtual_key = id_of("virtual-keys/openai-vk");
  resync(R"({"virtualKeyIdsToExhaust":[")" + virtual_key + R"("],"apiKeyIdsToExhaust":[")" + key_id + R"("]})");
  EXPECT_EQ(status_of("virtual-keys/openai-vk"), "exhausted");
  EXPECT_EQ(status_of("api-keys/self/details"), "exhausted");
  EXPECT_THAT(told(), UnorderedElementsAre("virtualKeysV2 openai-vk acme-prod", "apiKeyIds " + key_id));

  resync(R"({"virtualKeyIdsToReset":[")" + virtual_key + R"("],"apiKeysToReset":[")" + key_id + R"("],"version":"1"})");
  EXPECT_EQ(status_of("virtual-keys/openai-vk"), "active");
  EXPECT_EQ(status_of("api-keys/self/details"), "active");
  const auto use = [&](std::string_view amount) {
    resync(R"({"virtualKeyIdsToUpdateUsage":[{"id":")" + virtual_key + R"(","usage":)" + std::string(amount) + "}]}");
  };
  use("600");
  EXPECT_EQ(status_of("virtual-keys/openai-vk"), "active");
  use("400");
  EXPECT_EQ(text(gateway.data("/v2/virtual-keys/openai-vk"), "/reset_usage"), "1000");
  EXPECT_EQ(status_of("virtual-keys/openai-vk"), "exhausted") << "what was used adds up";
  EXPECT_THAT(told(), UnorderedElementsAre("virtualKeysV2 openai-vk acme-prod", "apiKeyIds " + key_id));

  edit(R"({"kind":"virtual-keys","slug":"azure-vk","patch":{"reset_usage":250}})");
  EXPECT_EQ(status_of("virtual-keys/azure-vk"), "exhausted") << "limits in an array";
  resync(R"({"virtualKeyIdsToExpire":[")" + id_of("virtual-keys/bedrock-vk") + R"("]})");
  EXPECT_EQ(status_of("virtual-keys/bedrock-vk"), "expired");
}

TEST_F(mock_sync, resync_touches_nothing_of_others_and_must_make_sense) {
  const auto production = id_of("virtual-keys/openai-vk");
  gateway.client_auth = globex_client_auth;
  gateway.key = globex_key;
  EXPECT_EQ(gateway.ask("POST", "/v1/organisation/acme/resync", "{}").status, 403U);
  const auto foreign = R"({"virtualKeyIdsToExhaust":[")" + production + R"(","none",7],"else":1})";
  EXPECT_EQ(gateway.ask("POST", "/v1/organisation/globex/resync", foreign).status, 200U);
  EXPECT_EQ(gateway.ask("POST", "/v1/organisation/globex/resync", R"({"apiKeyIdsToExpire":"x"})").status, 400U);
  EXPECT_EQ(gateway.ask("POST", "/v1/organisation/globex/resync", "[1]").status, 400U);
  gateway.client_auth = acme_client_auth;
  gateway.key = acme_prod_key;
  EXPECT_EQ(status_of("virtual-keys/openai-vk"), "active");
}

TEST_F(mock_sync, tells_a_gateways_put) {
  told();
  gateway.ask("PUT", "/v2/virtual-keys/" + id_of("virtual-keys/openai-vk"), R"({"status":"exhausted"})");
  EXPECT_THAT(told(), UnorderedElementsAre("virtualKeysV2 openai-vk acme-prod"));
}

TEST_F(mock_sync, names_everything_to_who_fell_behind) {
  told();
  edit(R"({"kind":"configs","slug":"pc-batch","patch":{"name":"x"}})");
  for (int i = 0; i < 10'000; ++i) {
    std::string body = R"({"name":")";
    gateway.put("/v1/virtual-keys/openai-vk", body.append(std::to_string(i)).append(R"("})"));
  }
  const auto names = told();
  for (const auto* const one :
       {"configsV2 pc-batch acme-prod", "configsV2 pc-router acme-staging", "guardrailsV2 pg-everywhere null",
        "virtualKeysV2 openai-vk acme-prod", "integrationsV2 openai-prod", "promptPartialsV2 pl-tone acme-staging"})
    EXPECT_EQ(names.count(one), 1U) << one;
  EXPECT_THAT(told(), IsEmpty()) << "and is up to date then";
}

TEST(mock_change_log, forgets_the_oldest_and_says_so) {
  change_log log(3, 2);
  const auto add = [&](std::string id) { log.add({family::config, std::move(id), "s", {"acme", ""}}); };
  ASSERT_TRUE(log.take("acme", "a"));
  for (const auto* const id : {"1", "2", "3"}) add(id);
  EXPECT_EQ(log.take("acme", "a")->size(), 3U);
  for (const auto* const id : {"4", "5", "6", "7"}) add(id);
  EXPECT_FALSE(log.take("acme", "a")) << "the fourth of three is not known";
  EXPECT_TRUE(log.take("acme", "a")->empty());
  EXPECT_EQ(log.all_of("acme").size(), 3U);
  EXPECT_TRUE(log.all_of("globex").empty());
}

TEST(mock_change_log, tells_everything_to_a_stranger_once_it_has_forgotten_somebody) {
  change_log log(3, 2);
  EXPECT_TRUE(log.take("acme", "a"));
  log.add({family::config, "1", "s", {"acme", ""}});
  EXPECT_TRUE(log.take("acme", "b"));
  EXPECT_TRUE(log.take("globex", "b")) << "the second organisation's is another";
  EXPECT_FALSE(log.take("acme", "a")) << "it was furthest behind, and forgotten: nobody knows what it was told";
}

}  // namespace
}  // namespace sidecache::mock
