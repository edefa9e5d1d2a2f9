// What a gateway sees of the control plane: its callers' keys, and the six families, in the envelope, in clear.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "records/facts.hpp"
#include "unit/mock/gateway_client.hpp"

namespace sidecache::mock {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::string_view details = "/v2/api-keys/self/details?include_organisation=true&include_workspace=true";

TEST(mock_gateway_credentials, are_two_and_both_must_be_known) {
  gateway_client gateway;
  const auto target = "/v2/configs/pc-router";
  EXPECT_EQ(gateway.ask("GET", target).status, 200U);
  for (const auto& [client_auth, key] : {std::pair{"", "demo-acme-prod-key"},
                                         {"demo-acme-client-auth", ""},
                                         {"demo-nobodys-client-auth", "demo-acme-prod-key"},
                                         {"demo-acme-client-auth", "demo-nobodys-key"},
                                         {"demo-globex-client-auth", "demo-acme-prod-key"},
                                         {"Bearer demo-acme-client-auth", "demo-acme-prod-key"},
                                         {"demo-acme-prod-key", "demo-acme-prod-key"}}) {
    gateway.client_auth = client_auth;
    gateway.key = key;
    const auto refused = gateway.ask("GET", target);
    EXPECT_EQ(refused.status, 401U) << client_auth << " with " << key;
    EXPECT_EQ(refused.bytes, R"({"success":false,"data":{"message":"Unauthorised Request"}})");
    EXPECT_EQ(gateway.ask("GET", "/v2/nonsense").status, 401U) << "a stranger learns no routes";
  }
}

TEST(mock_gateway_credentials, open_nothing_of_the_admin_api) {
  gateway_client gateway;
  gateway.key = "";
  EXPECT_EQ(gateway.ask("GET", "/v1/virtual-keys/openai-vk").status, 401U);
}

TEST(mock_self_details, say_whose_key_the_headers_carry) {
  gateway_client gateway;
  const auto production = gateway.data(details);
  EXPECT_EQ(text(production, "/name"), "acme-prod");
  EXPECT_EQ(text(production, "/status"), "active");
  EXPECT_EQ(text(production, "/organisation/slug"), "acme");
  EXPECT_EQ(text(production, "/workspace/slug"), "acme-prod");
  EXPECT_EQ(text(production, "/organisation_id"), text(production, "/organisation/id"));
  EXPECT_EQ(text(production, "/workspace_id"), text(production, "/workspace/id"));
  EXPECT_EQ(text(production, "/rate_limits/0/unit"), "rpm");
  EXPECT_EQ(text(production, "/expires_at"), "null");
  EXPECT_EQ(text(production, "/api_key_details/id"), text(production, "/id"));
  gateway.key = acme_staging_key;
  EXPECT_NE(text(gateway.data(details), "/id"), text(production, "/id")) << "the same target, another caller";
  gateway.key = acme_admin_key;
  EXPECT_EQ(text(gateway.data(details), "/workspace"), "null");
  EXPECT_EQ(text(gateway.data("/v2/api-keys/self/details"), "/organisation"), "(absent)");
}

TEST(mock_self_details, end_with_the_key) {
  gateway_client gateway;
  const auto edit = R"({"kind":"api-keys","slug":"acme-prod","patch":{"expires_at":"2025-07-15T00:10:00.000Z"}})";
  ASSERT_EQ(gateway.post("/__mock/edit", edit).status, 200U);
  EXPECT_EQ(text(gateway.data(details), "/api_key_details/expires_at"), "2025-07-15T00:10:00.000Z");
  gateway.clock.advance(std::chrono::minutes{10});
  EXPECT_EQ(text(gateway.data(details), "/status"), "expired");
  ASSERT_EQ(gateway.post("/__mock/edit", R"({"kind":"api-keys","slug":"acme-prod","delete":true})").status, 200U);
  EXPECT_EQ(gateway.ask("GET", details).status, 401U);
  EXPECT_EQ(gateway.get("/v1/virtual-keys/openai-vk").status, 401U) << "on both fronts";
}

TEST(mock_gateway_lookups, find_each_family_by_slug_and_by_uuid_in_its_envelope) {
  gateway_client gateway;
  for (const std::string path : {"virtual-keys/openai-vk", "configs/pc-router", "prompts/pp-support-reply",
                                 "prompts/partials/pl-tone", "guardrails/pg-pii"}) {
    const auto by_slug = gateway.ask("GET", "/v2/" + path);
    ASSERT_EQ(by_slug.status, 200U) << path;
    EXPECT_THAT(by_slug.bytes, ::testing::StartsWith(R"({"success":true,"data":{"id":")")) << path;
    EXPECT_EQ(text(by_slug.body, "/data/slug"), path.substr(path.rfind('/') + 1));
    EXPECT_EQ(text(by_slug.body, "/data/status"), "active");
    const auto collection = path.substr(0, path.rfind('/') + 1);
    const auto by_id = gateway.ask("GET", "/v2/" + collection + text(by_slug.body, "/data/id"));
    EXPECT_EQ(by_id.bytes, by_slug.bytes) << path;
    const auto in_full =
        gateway.ask("GET", "/v2/" + path + "?organisation_id=" + text(by_slug.body, "/data/organisation_id") +
                               "&workspace_id=" + text(by_slug.body, "/data/workspace_id"));
    EXPECT_EQ(in_full.bytes, by_slug.bytes) << path;
  }
}

TEST(mock_gateway_lookups, are_read_by_the_parser) {
  gateway_client gateway;
  for (const auto& [kind, path] : {std::pair{records::kind::virtual_key, "virtual-keys/openai-vk"},
                                   {records::kind::virtual_key, "virtual-keys/openai-main"},
                                   {records::kind::config, "configs/pc-router"},
                                   {records::kind::prompt, "prompts/pp-support-reply"},
                                   {records::kind::prompt_partial, "prompts/partials/pl-tone"},
                                   {records::kind::guardrail, "guardrails/pg-pii"},
                                   {records::kind::api_key, "api-keys/self/details"},
                                   {records::kind::integration_list, "integrations/"}}) {
    const auto answer = gateway.ask("GET", std::string("/v2/") + path);
    const auto facts = records::extract_facts(kind, answer.bytes);
    ASSERT_TRUE(facts) << path << ": " << to_string(facts.error());
    if (kind == records::kind::integration_list) continue;
    EXPECT_EQ(facts->id.size(), 36U) << path;
    EXPECT_EQ(facts->workspace_id, text(answer.body, "/data/workspace_id")) << path;
    EXPECT_EQ(facts->organisation_id, text(answer.body, "/data/organisation_id")) << path;
  }
}

TEST(mock_gateway_lookups, keep_workspaces_and_organisations_apart) {
  gateway_client gateway;
  for (const std::string path : {"virtual-keys/openai-vk", "configs/pc-router", "prompts/pp-support-reply",
                                 "prompts/partials/pl-tone", "guardrails/pg-pii"}) {
    gateway.key = acme_prod_key;
    const auto production = gateway.data("/v2/" + path);
    const auto uuid = path.substr(0, path.rfind('/') + 1) + text(production, "/id");
    EXPECT_EQ(gateway.ask("GET", "/v2/" + path + "?workspace_id=acme-staging").status, 403U);
    EXPECT_EQ(gateway.ask("GET", "/v2/" + path + "?organisation_id=globex").status, 403U);
    gateway.key = acme_staging_key;
    EXPECT_NE(text(gateway.data("/v2/" + path), "/id"), text(production, "/id")) << path;
    EXPECT_EQ(gateway.ask("GET", "/v2/" + uuid).status, 404U);
    gateway.key = acme_admin_key;
    EXPECT_EQ(gateway.data("/v2/" + path + "?workspace_id=acme-prod"), production);
  }
  gateway.key = acme_staging_key;
  EXPECT_EQ(text(gateway.data("/v2/guardrails/pg-everywhere"), "/workspace_id"), "null") << "the organisation's own";
}

TEST(mock_gateway_lookups, show_providers_keys_where_the_admin_api_masks_them) {
  gateway_client gateway;
  EXPECT_EQ(text(gateway.data("/v2/virtual-keys/openai-vk"), "/key"), "sk-planted-not-a-real-openai-key-7Qm2");
  EXPECT_THAT(text(gateway.data("/v2/virtual-keys/openai-vk"), "/key"), HasSubstr(std::string(planted_mark)));
  EXPECT_EQ(text(gateway.data("/v2/virtual-keys/openai-vk"), "/integration_details/models/0/slug"), "gpt-4.1");
  EXPECT_EQ(text(gateway.data("/v2/virtual-keys/openai-main"), "/key"), "sk-planted-not-a-real-openai-key-7Qm2")
      << "a provider is a virtual key to gateways, with its integration's key";
  EXPECT_EQ(text(gateway.data("/v2/virtual-keys/openai-main"), "/object"), "virtual-key");
  EXPECT_THAT(gateway.get("/v1/virtual-keys/openai-vk").bytes, Not(HasSubstr(std::string(planted_mark))));
  gateway.put("/v1/virtual-keys/openai-vk", R"({"key":"sk-a-key-of-its-own"})");
  EXPECT_EQ(text(gateway.data("/v2/virtual-keys/openai-vk"), "/key"), "sk-a-key-of-its-own");
  gateway.put("/v1/integrations/openai-prod", R"({"key":"sk-rotated"})");
  EXPECT_EQ(text(gateway.data("/v2/virtual-keys/openai-main"), "/key"), "sk-rotated");
}

TEST(mock_gateway_lookups, list_all_integrations_of_the_organisation_with_their_keys) {
  gateway_client gateway;
  const auto answer = gateway.ask("GET", "/v2/integrations/?organisation_id=acme");
  ASSERT_EQ(answer.status, 200U);
  const auto& all = answer.body.at("data").as_array();
  EXPECT_EQ(all.size(), 11U) << "ten of the organisation, and the workspace's own";
  EXPECT_EQ(text(all.at(0), "/slug"), "openai-prod");
  EXPECT_EQ(text(all.at(0), "/key"), "sk-planted-not-a-real-openai-key-7Qm2");
  EXPECT_THAT(answer.bytes, HasSubstr(R"("azure_entra_client_secret":"planted-not-a-real-entra-secret-Yw8~")"));
  EXPECT_EQ(gateway.ask("GET", "/v2/integrations").bytes, answer.bytes);
  gateway.key = globex_key;
  gateway.client_auth = globex_client_auth;
  EXPECT_EQ(gateway.data("/v2/integrations/?organisation_id=globex").as_array().size(), 2U);
}

TEST(mock_gateway_lookups, give_configs_as_text_and_prompts_whatever_version_is_asked) {
  gateway_client gateway;
  const auto config = json::parse(text(gateway.data("/v2/configs/pc-router"), "/config"));
  EXPECT_EQ(text(config, "/strategy/mode"), "fallback");
  EXPECT_EQ(gateway.data("/v2/prompts/pp-support-reply@latest"), gateway.data("/v2/prompts/pp-support-reply"));
  EXPECT_EQ(gateway.data("/v2/prompts/partials/pl-tone@3"), gateway.data("/v2/prompts/partials/pl-tone"));
}

TEST(mock_gateway_lookups, of_what_is_not_there_are_404_with_a_code) {
  gateway_client gateway;
  for (const auto* const record : {"virtual-keys/none", "configs/none", "prompts/none", "prompts/partials/none",
                                   "guardrails/none", "virtual-keys/00000000-0000-4000-8000-000000000000"}) {
    const auto missing = gateway.ask("GET", std::string("/v2/") + record);
    EXPECT_EQ(missing.status, 404U) << record;
    EXPECT_EQ(text(missing.body, "/error/code"), "AB02") << missing.bytes;
    EXPECT_EQ(text(missing.body, "/success"), "false");
  }
  for (const auto* const route :
       {"/v2", "/v2/integrations/openai-prod", "/v2/providers/openai-main", "/v2/virtual-keys", "/v2/api-keys/self",
        "/v2/configs/pc-router/versions", "/albus/v1/virtual-keys/openai-vk", "/v1/organisation/acme/other"}) {
    const auto missing = gateway.ask("GET", route);
    EXPECT_EQ(missing.status, 404U) << route;
    EXPECT_EQ(text(missing.body, "/error/code"), "AB08") << missing.bytes;
  }
  EXPECT_EQ(gateway.ask("DELETE", "/v2/virtual-keys/openai-vk").status, 404U);
  EXPECT_EQ(gateway.ask("PUT", "/v2/configs/pc-router", "{}").status, 404U);
}

TEST(mock_gateway_paths, may_have_albus_in_front) {
  gateway_client gateway;
  for (const std::string path : {"/v2/configs/pc-router", "/v2/integrations/"})
    EXPECT_EQ(gateway.ask("GET", "/albus" + path).bytes, gateway.ask("GET", path).bytes);
  EXPECT_EQ(gateway.ask("GET", "/albus/v1/organisation/acme/sync/0?identifier=a").status, 200U);
  EXPECT_EQ(gateway.ask("POST", "/albus/dp/metrics", "[1]").bytes, R"({"success":true})");
}

TEST(mock_gateway_writes, edit_a_virtual_key_by_its_uuid) {
  gateway_client gateway;
  const auto target = "/v2/virtual-keys/" + text(gateway.data("/v2/virtual-keys/openai-vk"), "/id");
  EXPECT_EQ(gateway.ask("PUT", target, R"({"reset_usage":999.5,"note":"counted"})").status, 200U);
  EXPECT_EQ(text(gateway.data(target), "/reset_usage"), "9.995E2");
  EXPECT_EQ(text(gateway.data(target), "/status"), "active");
  EXPECT_EQ(text(gateway.get("/v1/virtual-keys/openai-vk").body, "/note"), "counted") << "one store";
  gateway.ask("PUT", target, R"({"reset_usage":1000})");
  EXPECT_EQ(text(gateway.data(target), "/status"), "exhausted") << "the limit is reached";
  gateway.ask("PUT", target, R"({"reset_usage":true})");
  EXPECT_EQ(text(gateway.data(target), "/status"), "active");
  EXPECT_EQ(text(gateway.data(target), "/reset_usage"), "0");
  EXPECT_EQ(gateway.ask("PUT", target, R"({"status":"expired"})").status, 200U);
  EXPECT_EQ(text(gateway.data(target), "/status"), "expired");
  for (const auto* const bad : {R"({"status":"odd"})", R"({"reset_usage":-1})", R"({"usage_limits":7})", "[]"})
    EXPECT_EQ(gateway.ask("PUT", target, bad).status, 400U) << bad;
  gateway.key = acme_staging_key;
  EXPECT_EQ(gateway.ask("PUT", target, "{}").status, 404U);
}

}  // namespace
}  // namespace sidecache::mock
