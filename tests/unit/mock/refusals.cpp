// What the control plane refuses: strangers, other tenants, broken writes; and in which of its three shapes it says so.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/mock/mock_client.hpp"

namespace sidecache::mock {
namespace {

using ::testing::HasSubstr;

TEST(mock_credentials, are_the_key_header_or_a_bearer) {
  mock_client client;
  http::fields bearer;
  bearer.add("Authorization", "Bearer demo-acme-prod-key");
  EXPECT_EQ(client.send_with("GET", "/v1/virtual-keys/openai-vk", "", bearer).status, 200);
  bearer.set("Authorization", "bearer demo-nobodys-key");
  const auto refused = client.send_with("GET", "/v1/virtual-keys/openai-vk", "", bearer);
  EXPECT_EQ(refused.status, 401);
  EXPECT_EQ(refused.bytes, R"({"success":false,"data":{"message":"Unauthorised Request"}})");
  client.key = "";
  EXPECT_EQ(client.get("/v1/virtual-keys/openai-vk").status, 401);
  EXPECT_EQ(client.get("/v1/nonsense").status, 401) << "a stranger learns no routes";
}

TEST(mock_tenancy, one_slug_names_another_record_in_each_workspace) {
  mock_client client;
  std::vector<std::string> seen;
  for (const auto key : {acme_prod_key, acme_staging_key, globex_key}) {
    client.key = key;
    seen.push_back(text(client.get("/v1/virtual-keys/openai-vk").body, "/id"));
    seen.push_back(text(client.get("/v1/providers/openai-main").body, "/id"));
  }
  std::ranges::sort(seen);
  EXPECT_EQ(std::ranges::adjacent_find(seen), seen.end()) << "six records";
  client.key = acme_prod_key;
  const auto production = client.get("/v1/integrations/sandbox").body;
  client.key = acme_staging_key;
  EXPECT_NE(text(client.get("/v1/integrations/sandbox").body, "/id"), text(production, "/id"));
}

TEST(mock_tenancy, nothing_of_another_tenant_is_reached_by_its_uuid) {
  mock_client client;
  const auto virtual_key = text(client.get("/v1/virtual-keys/openai-vk").body, "/id");
  const auto integration = text(client.get("/v1/integrations/openai-prod").body, "/id");
  client.key = acme_staging_key;
  EXPECT_EQ(client.get("/v1/virtual-keys/" + virtual_key).status, 404);
  EXPECT_EQ(client.del("/v1/virtual-keys/" + virtual_key).status, 404);
  EXPECT_EQ(client.get("/v1/integrations/" + integration).status, 200) << "the organisation's own is shared";
  client.key = globex_key;
  EXPECT_EQ(client.get("/v1/integrations/" + integration).status, 404);
}

TEST(mock_tenancy, workspace_id_in_query_or_body_chooses_for_an_admin_and_binds_others) {
  mock_client client;
  const auto production = text(client.get("/v1/providers/openai-main").body, "/id");
  EXPECT_EQ(client.get("/v1/providers/openai-main?workspace_id=acme-staging").status, 403);
  client.key = acme_admin_key;
  EXPECT_EQ(text(client.get("/v1/providers/openai-main?workspace_id=acme-prod").body, "/id"), production);
  EXPECT_NE(text(client.get("/v1/providers/openai-main?workspace_id=acme-staging").body, "/id"), production);
  EXPECT_EQ(client.get("/v1/providers/openai-main?workspace_id=globex-main").status, 404);
  EXPECT_EQ(client.post("/v1/providers", R"({"name":"n","integration_id":"openai-prod"})").status, 400);
  EXPECT_EQ(client.send("DELETE", "/v1/providers/openai-main", R"({"workspace_id":"acme-staging"})").status, 200);
  EXPECT_EQ(client.get("/v1/providers/openai-main?workspace_id=acme-staging").status, 404);
  EXPECT_EQ(client.get("/v1/providers/openai-main?workspace_id=acme-prod").status, 200);
}

TEST(mock_scopes, a_reading_key_may_not_write) {
  mock_client client;
  client.key = acme_readonly_key;
  EXPECT_EQ(client.get("/v1/integrations/openai-prod").status, 200);
  const auto refused = client.del("/v1/integrations/openai-prod");
  EXPECT_EQ(refused.status, 403);
  EXPECT_EQ(text(refused.body, "/error/code"), "AB03");
  EXPECT_EQ(text(refused.body, "/success"), "false");
  EXPECT_EQ(client.put("/v1/virtual-keys/openai-vk", "{}").status, 403);
  EXPECT_EQ(client.get("/v1/integrations/openai-prod").status, 200);
}

TEST(mock_errors, come_in_the_shapes_of_their_part_of_the_api) {
  mock_client client;
  const auto integration = client.get("/v1/integrations/none");
  EXPECT_EQ(integration.status, 404);
  EXPECT_EQ(integration.bytes,
            R"({"status_code":404,"error":{"message":"Integration not found","slug":"not-found-error","code":"AB02",)"
            R"("type":"not_found_error"},"success":false})");
  EXPECT_EQ(client.get("/v1/virtual-keys/none").bytes, R"({"errorCode":"AB02","message":"Virtual key not found"})");
  EXPECT_EQ(client.get("/v1/nothing/here").bytes, R"({"success":false,"data":{"message":"Route not found"}})");
  EXPECT_EQ(client.send("PATCH", "/v1/integrations/openai-prod", "{}").status, 404);
  EXPECT_EQ(client.get("/v1/integrations/%zz").status, 400);
}

TEST(mock_errors, a_taken_slug_is_a_conflict_in_its_workspace_only) {
  mock_client client;
  const auto body = R"({"name":"n","integration_id":"openai-prod","slug":"bedrock-main"})";
  const auto refused = client.post("/v1/providers", body);
  EXPECT_EQ(refused.status, 409);
  EXPECT_EQ(text(refused.body, "/error/code"), "AB07");
  client.key = acme_staging_key;
  EXPECT_EQ(client.post("/v1/providers", body).status, 200);
}

struct bad_write {
  std::string_view target, body, complaint;
};

class mock_validation : public ::testing::TestWithParam<bad_write> {};

TEST_P(mock_validation, names_what_is_wrong) {
  mock_client client;
  const auto refused = client.post(GetParam().target, GetParam().body);
  EXPECT_EQ(refused.status, 400) << refused.bytes;
  EXPECT_THAT(refused.bytes, HasSubstr("AB01"));
  EXPECT_THAT(refused.bytes, HasSubstr(std::string(GetParam().complaint)));
}

constexpr std::string_view vk = "/v1/virtual-keys";
constexpr std::string_view in = "/v1/integrations";
INSTANTIATE_TEST_SUITE_P(
    rules, mock_validation,
    ::testing::Values(
        bad_write{vk, "", "name is required"}, bad_write{vk, "[1]", "must be a JSON object"},
        bad_write{vk, R"({"name":"n")", "must be a JSON object"},
        bad_write{vk, R"({"name":7,"provider":"openai"})", "name must be a string"},
        bad_write{vk, R"({"name":"n"})", "provider is required"},
        bad_write{vk, R"({"name":"n","provider":"openai","slug":"a b"})", "slug may hold"},
        bad_write{vk, R"({"name":"n","provider":"openai","usage_limits":{"credit_limit":0}})", "credit_limit"},
        bad_write{vk, R"({"name":"n","provider":"openai","usage_limits":{"type":"cats"}})", "type must be one of"},
        bad_write{vk, R"({"name":"n","provider":"openai","usage_limits":{"periodic_reset_days":366}})", "at most 365"},
        bad_write{
            vk,
            R"({"name":"n","provider":"openai","usage_limits":{"periodic_reset_days":7,"periodic_reset":"weekly"}})",
            "exclude each other"},
        bad_write{vk, R"({"name":"n","provider":"openai","usage_limits":[{},{}]})", "at most one"},
        bad_write{vk, R"({"name":"n","provider":"openai","rate_limits":[{"unit":"rps","value":1}]})", "unit"},
        bad_write{vk, R"({"name":"n","provider":"openai","rate_limits":[{"unit":"rpm"}]})", "value is required"},
        bad_write{vk, R"({"name":"n","provider":"openai","rate_limits":{}})", "must be an array"},
        bad_write{vk, R"({"name":"n","provider":"openai","expires_at":"tomorrow"})", "expires_at must be a date-time"},
        bad_write{vk, R"({"name":"n","provider":"openai","secret_mappings":[{"target_field":"key"}]})",
                  "secret_reference_id is required"},
        bad_write{
            vk,
            R"({"name":"n","provider":"openai","secret_mappings":[{"target_field":"name","secret_reference_id":"s"}]})",
            "target_field must be"},
        bad_write{
            vk,
            R"({"name":"n","provider":"openai","secret_mappings":[{"target_field":"key","secret_reference_id":"s"},{"target_field":"key","secret_reference_id":"t"}]})",
            "unique"},
        bad_write{"/v1/providers", R"({"name":"n"})", "integration_id is required"},
        bad_write{"/v1/providers", R"({"name":"n","integration_id":"nothing"})", "names no integration"},
        bad_write{in, R"({"name":"n"})", "ai_provider_id is required"},
        bad_write{in, R"({"name":"n","ai_provider_id":"openai","pricing_adjustments":{"multiplier":{"default":-1}}})",
                  "multiplier.default"},
        bad_write{
            in,
            R"({"name":"n","ai_provider_id":"openai","pricing_adjustments":{"multiplier":{"image":{"default":"x"}}}})",
            "multiplier.default"},
        bad_write{in, R"({"name":"n","ai_provider_id":"azure-openai"})", "azure_auth_mode is required"},
        bad_write{
            in,
            R"({"name":"n","ai_provider_id":"azure-openai","configurations":{"azure_auth_mode":"entra","azure_resource_name":"r"}})",
            "azure_deployment_config must be"},
        bad_write{
            in,
            R"({"name":"n","ai_provider_id":"azure-ai","configurations":{"azure_auth_mode":"entra","azure_foundry_url":"u","azure_api_version":"1234567890123456789012345678901"}})",
            "at most 30"},
        bad_write{
            in, R"({"name":"n","ai_provider_id":"bedrock","configurations":{"aws_auth_type":"key","aws_region":"r"}})",
            "accessKey|assumedRole"},
        bad_write{in, R"({"name":"n","ai_provider_id":"sagemaker","configurations":{"aws_auth_type":"accessKey"}})",
                  "aws_region is required"},
        bad_write{in, R"({"name":"n","ai_provider_id":"vertex-ai","configurations":{"vertex_auth_type":"basic"}})",
                  "vertex_region is required"},
        bad_write{in, R"({"name":"n","ai_provider_id":"workers-ai"})", "workers_ai_account_id is required"},
        bad_write{in, R"({"name":"n","ai_provider_id":"cortex","configurations":{"snowflake_account":""}})",
                  "must not be empty"},
        bad_write{in, R"({"name":"n","ai_provider_id":"x","configurations":{"custom_host":"ftp://h"}})", "custom_host"},
        bad_write{in, R"({"name":"n","ai_provider_id":"x","configurations":{"custom_headers":{"a":1}}})",
                  "custom_headers"}));

TEST(mock_validation_on_update, checks_what_would_result) {
  mock_client client;
  EXPECT_EQ(client.put("/v1/integrations/bedrock-us", R"({"configurations":{"aws_region":""}})").status, 400);
  EXPECT_EQ(text(client.get("/v1/integrations/bedrock-us").body, "/configurations/aws_region"), "us-east-1");
  EXPECT_EQ(client.put("/v1/integrations/bedrock-us", R"({"configurations":{"aws_region":"eu-west-1"}})").status, 200);
  EXPECT_EQ(text(client.get("/v1/integrations/bedrock-us").body, "/configurations/aws_region"), "eu-west-1");
  EXPECT_EQ(client.put("/v1/integrations/bedrock-us/workspaces", R"({"workspaces":[{"id":"acme-prod"}]})").status, 400);
  EXPECT_EQ(
      client.put("/v1/integrations/bedrock-us/workspaces", R"({"workspaces":[{"id":"x","enabled":true}]})").status,
      400);
  EXPECT_EQ(client.put("/v1/integrations/bedrock-us/workspaces", "{}").status, 400);
}

}  // namespace
}  // namespace sidecache::mock
