// What a client of the admin API sees: the life of a record of each kind, lists, sub-resources.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/mock/mock_client.hpp"

namespace sidecache::mock {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(mock_integrations, live_from_create_to_delete) {
  mock_client client;
  const auto made = client.post("/v1/integrations", R"({"name":"My OpenAI","ai_provider_id":"openai","slug":"mine",
      "key":"sk-a-key-that-is-long","configurations":{"openai_project":"p1"}})");
  ASSERT_EQ(made.status, 200) << made.bytes;
  EXPECT_EQ(text(made.body, "/slug"), "mine");
  const auto id = text(made.body, "/id");

  auto seen = client.get("/v1/integrations/mine");
  EXPECT_EQ(text(seen.body, "/name"), "My OpenAI");
  EXPECT_EQ(text(seen.body, "/object"), "integration");
  EXPECT_EQ(text(seen.body, "/configurations/openai_project"), "p1");
  EXPECT_EQ(text(client.get("/v1/integrations/" + id).body, "/slug"), "mine");

  client.clock.advance(std::chrono::hours{1});
  EXPECT_EQ(client.put("/v1/integrations/mine", R"({"name":"Renamed"})").bytes, "{}");
  seen = client.get("/v1/integrations/mine");
  EXPECT_EQ(text(seen.body, "/name"), "Renamed");
  EXPECT_EQ(text(seen.body, "/configurations/openai_project"), "p1") << "what a PUT leaves out stays";
  EXPECT_EQ(text(seen.body, "/created_at"), "2025-07-15T00:00:00.000Z");
  EXPECT_EQ(text(seen.body, "/last_updated_at"), "2025-07-15T01:00:00.000Z");

  EXPECT_EQ(client.del("/v1/integrations/mine").bytes, "{}");
  EXPECT_EQ(client.get("/v1/integrations/mine").status, 404);
  EXPECT_EQ(client.get("/v1/integrations/" + id).status, 404);
}

TEST(mock_integrations, a_slug_is_made_from_the_name_where_none_is_given) {
  mock_client client;
  const auto made = client.post("/integrations", R"({"name":"My (EU) one","ai_provider_id":"anthropic"})");
  EXPECT_THAT(text(made.body, "/slug"), ::testing::MatchesRegex("my-eu-one-[0-9a-f]{6}"));
}

TEST(mock_virtual_keys, live_from_create_to_delete) {
  mock_client client;
  const auto made = client.post("/v1/virtual-keys", R"({"name":"vk","provider":"openai","slug":"my-vk",
      "key":"sk-another-long-key-xyz","usage_limits":{"credit_limit":5,"periodic_reset":"weekly"}})");
  ASSERT_EQ(made.status, 200) << made.bytes;
  EXPECT_EQ(made.bytes, R"({"success":true,"data":{"slug":"my-vk"}})");

  const auto seen = client.get("/v1/virtual-keys/my-vk");
  EXPECT_EQ(text(seen.body, "/object"), "virtual-key");
  EXPECT_EQ(text(seen.body, "/key"), "");
  EXPECT_EQ(text(seen.body, "/masked_api_key"), "sk-***xyz");
  EXPECT_EQ(text(seen.body, "/usage_limits/credit_limit"), "5");
  EXPECT_EQ(client.put("/v1/virtual-keys/my-vk", R"({"note":"new"})").bytes, "{}");
  EXPECT_EQ(text(client.get("/v1/virtual-keys/my-vk").body, "/note"), "new");
  EXPECT_EQ(client.del("/v1/virtual-keys/my-vk").bytes, "{}");
  EXPECT_EQ(client.get("/v1/virtual-keys/my-vk").bytes, R"({"errorCode":"AB02","message":"Virtual key not found"})");
}

TEST(mock_providers, live_from_create_to_delete) {
  mock_client client;
  const auto made = client.post("/v1/providers", R"({"name":"p","integration_id":"bedrock-us","slug":"mine"})");
  ASSERT_EQ(made.status, 200) << made.bytes;
  const auto id = text(made.body, "/id");
  const auto seen = client.get("/v1/providers/mine");
  EXPECT_EQ(text(seen.body, "/integration_id"), text(client.get("/v1/integrations/bedrock-us").body, "/id"));
  EXPECT_EQ(client.put("/v1/providers/" + id, R"({"note":"by its id"})").bytes,
            R"({"id":")" + id + R"(","slug":"mine"})");
  EXPECT_EQ(text(client.get("/v1/providers/mine").body, "/note"), "by its id");
  EXPECT_EQ(client.del("/v1/providers/" + id).bytes, "{}");
  EXPECT_EQ(client.get("/v1/providers/mine").status, 404);
}

TEST(mock_paths, are_read_as_express_reads_them) {
  mock_client client;
  const auto plain = client.get("/v1/integrations/openai-prod").bytes;
  for (const auto* const other : {"/integrations/openai-prod", "/v1//integrations/openai-prod/",
                                  "/V1/Integrations/openai-prod", "/v1/integrations/openai%2Dprod?x=1"})
    EXPECT_EQ(client.get(other).bytes, plain) << other;
  EXPECT_EQ(client.get("/v1/integrations/OPENAI-PROD").status, 404) << "slugs have a case";
  auto id = text(client.get("/v1/integrations/openai-prod").body, "/id");
  for (auto& c : id) c = static_cast<char>(std::toupper(c));
  EXPECT_EQ(client.get("/v1/integrations/" + id).bytes, plain) << "UUIDs have none";
}

TEST(mock_lists, come_in_pages) {
  mock_client client;
  const auto all = client.get("/v1/virtual-keys");
  const auto total = all.body.at("total").as_int64();
  ASSERT_EQ(all.body.at("data").as_array().size(), static_cast<std::size_t>(total));
  EXPECT_EQ(text(all.body, "/object"), "list");
  const auto page = client.get("/v1/virtual-keys?current_page=1&page_size=2");
  EXPECT_EQ(page.body.at("total"), total);
  ASSERT_EQ(page.body.at("data").as_array().size(), 2U);
  EXPECT_EQ(page.body.at("data").at(0), all.body.at("data").at(2));
  EXPECT_TRUE(client.get("/v1/virtual-keys?current_page=99999999999999999").body.at("data").as_array().empty());
  EXPECT_EQ(client.get("/v1/virtual-keys?page_size=0").status, 400);
  EXPECT_EQ(client.get("/v1/virtual-keys?page_size=x").status, 400);
}

TEST(mock_lists, hold_50_providers_a_page) {
  mock_client client;
  for (int i = 0; i < 60; ++i)
    ASSERT_EQ(client.post("/v1/providers", R"({"name":"many","integration_id":"openai-prod"})").status, 200);
  EXPECT_EQ(client.get("/v1/providers").body.at("data").as_array().size(), 50U);
}

TEST(mock_lists, show_their_entries_differently_from_the_record) {
  mock_client client;
  const auto entries = client.get("/v1/virtual-keys").body.at("data").as_array();
  const auto* const entry = std::ranges::find_if(entries, [](const auto& e) { return e.at("slug") == "exhausted-vk"; });
  ASSERT_NE(entry, entries.end());
  const auto detail = client.get("/v1/virtual-keys/exhausted-vk").body;
  EXPECT_EQ(text(*entry, "/model_config"), "null");
  EXPECT_EQ(text(detail, "/model_config"), "{}");
  EXPECT_EQ(text(*entry, "/rate_limits"), "null");
  EXPECT_EQ(text(detail, "/rate_limits"), "[]");
  EXPECT_NE(text(*entry, "/workspace_id"), "(absent)");
  EXPECT_EQ(text(detail, "/workspace_id"), "(absent)");
  EXPECT_EQ(text(client.get("/v1/integrations").body, "/data/0/configurations"), "(absent)");
}

TEST(mock_lists, of_integrations_can_be_narrowed_by_type) {
  mock_client client;
  const auto workspace_only = client.get("/v1/integrations?type=workspace").body;
  ASSERT_EQ(workspace_only.at("total"), 1);
  EXPECT_EQ(text(workspace_only, "/data/0/slug"), "sandbox");
  EXPECT_EQ(client.get("/v1/integrations?type=organisation").body.at("total"), 10);
}

TEST(mock_models, are_set_listed_and_removed) {
  mock_client client;
  ASSERT_EQ(client.get("/v1/integrations/openai-prod/models").body.at("total"), 4);
  const auto put = client.put("/v1/integrations/openai-prod/models",
                              R"({"models":[{"slug":"gpt-4.1","enabled":false},{"slug":"o3","enabled":true}]})");
  EXPECT_EQ(put.body.at("total"), 5);
  EXPECT_EQ(text(put.body, "/models/0/enabled"), "false");
  EXPECT_EQ(client.del("/v1/integrations/openai-prod/models?slugs=gpt-4.1,o3").body.at("total"), 3);
  EXPECT_EQ(client.del("/v1/integrations/openai-prod/models").status, 400);
  EXPECT_EQ(client.put("/v1/integrations/openai-prod/models", R"({"models":[{"enabled":true}]})").status, 400);
}

TEST(mock_workspaces, opening_one_makes_a_default_provider_and_closing_takes_all_away) {
  mock_client client;
  client.key = acme_staging_key;
  ASSERT_EQ(client.get("/v1/providers/azure-openai-eu").status, 404);
  ASSERT_EQ(client.post("/v1/providers", R"({"name":"p","integration_id":"azure-openai-eu"})").status, 403);

  const auto opened = client.put("/v1/integrations/azure-openai-eu/workspaces",
                                 R"({"workspaces":[{"id":"acme-staging","enabled":true}]})");
  ASSERT_EQ(opened.status, 200) << opened.bytes;
  EXPECT_EQ(opened.body.at("total"), 2);
  EXPECT_EQ(client.get("/v1/integrations/azure-openai-eu").body.at("workspace_count"), 2);
  EXPECT_EQ(text(client.get("/v1/providers/azure-openai-eu").body, "/name"), "Azure OpenAI, EU data boundary");

  client.put("/v1/integrations/azure-openai-eu/workspaces",
             R"({"workspaces":[{"id":"acme-staging","enabled":false}]})");
  EXPECT_EQ(client.get("/v1/providers/azure-openai-eu").status, 404);
  EXPECT_EQ(client.get("/v1/integrations/azure-openai-eu/workspaces").body.at("workspaces").as_array().size(), 2U);
  client.key = acme_prod_key;
  EXPECT_EQ(client.get("/v1/providers/azure-main").status, 200) << "the other workspace keeps its own";
}

TEST(mock_workspaces, global_access_opens_them_all) {
  mock_client client;
  client.put("/v1/integrations/vertex-europe/workspaces",
             R"({"global_workspace_access":{"enabled":true},"default_provider_slug":"vertex-default"})");
  for (const auto key : {acme_prod_key, acme_staging_key}) {
    client.key = key;
    EXPECT_EQ(client.get("/v1/providers/vertex-default").status, 200) << key;
  }
}

TEST(mock_integrations, take_their_providers_and_virtual_keys_along_when_deleted) {
  mock_client client;
  client.del("/v1/integrations/openai-prod");
  EXPECT_EQ(client.get("/v1/providers/openai-main").status, 404);
  EXPECT_EQ(client.get("/v1/virtual-keys/openai-vk").status, 404);
  EXPECT_EQ(client.get("/v1/providers/bedrock-main").status, 200);
}

TEST(mock_status, follows_the_clock_resets_and_use) {
  mock_client client;
  EXPECT_EQ(text(client.get("/v1/virtual-keys/expired-vk").body, "/status"), "expired");
  EXPECT_EQ(text(client.get("/v1/virtual-keys/expiring-vk").body, "/status"), "active");
  client.clock.advance(std::chrono::minutes{15});
  EXPECT_EQ(text(client.get("/v1/virtual-keys/expiring-vk").body, "/status"), "expired");

  EXPECT_EQ(text(client.get("/v1/virtual-keys/exhausted-vk").body, "/status"), "exhausted");
  client.put("/v1/virtual-keys/exhausted-vk", R"({"reset_usage":true})");
  const auto reset = client.get("/v1/virtual-keys/exhausted-vk").body;
  EXPECT_EQ(text(reset, "/status"), "active");
  EXPECT_EQ(text(reset, "/reset_usage"), "0");
  EXPECT_EQ(text(reset, "/last_reset_at"), "2025-07-15T00:15:00.000Z");
}

TEST(mock_masking, no_seeded_or_written_secret_is_ever_shown) {
  mock_client client;
  client.post("/v1/integrations", R"({"name":"x","ai_provider_id":"bedrock","slug":"x","configurations":
      {"aws_auth_type":"accessKey","aws_region":"r","aws_secret_access_key":"not-a-real-secret-at-all"}})");
  std::string shown;
  for (const auto key : {acme_prod_key, acme_staging_key, globex_key}) {
    client.key = key;
    for (const std::string kind : {"integrations", "virtual-keys", "providers"}) {
      const auto list = client.get("/v1/" + kind);
      shown += list.bytes;
      for (const auto& entry : list.body.at("data").as_array())
        shown += client.get("/v1/" + kind + "/" + text(entry, "/slug")).bytes;
    }
  }
  EXPECT_THAT(shown, Not(HasSubstr("not-a-real")));
  EXPECT_THAT(shown, HasSubstr(R"("masked_aws_secret_access_key":"not***all")"));
  EXPECT_THAT(shown, HasSubstr("masked_azure_entra_client_secret"));
  EXPECT_THAT(shown, HasSubstr("masked_vertex_service_account_json"));
  EXPECT_THAT(shown, HasSubstr("arn:aws:iam::123456789012:role/acme-gateway-bedrock")) << "role ARNs are no secrets";
}

}  // namespace
}  // namespace sidecache::mock
