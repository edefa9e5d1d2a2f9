// Every field of an integration, as the reference prints it and as live control planes send it.
#include "sidecache/integration.hpp"

#include <gtest/gtest.h>

#include "records/date_time.hpp"
#include "sample.hpp"
#include "sidecache/parse.hpp"

namespace sidecache::records {
namespace {

TEST(integration, of_the_reference) {
  const auto parsed = parse_integration(test::sample("integration.json"));
  ASSERT_TRUE(parsed);
  const integration& record = *parsed;
  EXPECT_EQ(record.id, "3c90c3cc-0d44-4b50-8888-8dd25736052a");
  EXPECT_EQ(record.organisation_id, "3c90c3cc-0d44-4b50-8888-8dd25736052a");
  EXPECT_EQ(record.ai_provider_id, "<string>");
  EXPECT_EQ(record.name, "<string>");
  EXPECT_EQ(record.status, record_status::unknown) << "left out there";
  EXPECT_TRUE(record.status.text.empty());
  EXPECT_EQ(record.created_at.value().at, parse_date_time("2023-11-07T05:31:56Z"));
  EXPECT_EQ(record.last_updated_at.value().text, "2023-11-07T05:31:56Z");
  EXPECT_EQ(record.slug, "<string>");
  EXPECT_EQ(record.description, "<string>");
  EXPECT_EQ(record.masked_key, "<string>");
  const auto& openai = std::get<openai_configuration>(record.configurations.provider);
  EXPECT_EQ(openai.openai_organization, "<string>");
  EXPECT_EQ(openai.openai_project, "<string>");
  const access_settings& access = record.global_workspace_access_settings.value();
  EXPECT_EQ(access.enabled, true);
  EXPECT_EQ(access.usage_limits.value().credit_limit, 10);
  EXPECT_EQ(access.usage_limits.value().periodic_reset, reset_period::monthly);
  EXPECT_EQ(access.usage_limits.value().alert_threshold, 8);
  ASSERT_EQ(access.rate_limits.size(), 1);
  EXPECT_EQ(access.rate_limits[0].value, 123);
  EXPECT_EQ(record.allow_all_models, true);
  EXPECT_EQ(record.workspace_count, 123);
  ASSERT_EQ(record.secret_mappings.size(), 1);
  EXPECT_EQ(record.secret_mappings[0].target_field, "key");
  EXPECT_EQ(record.secret_mappings[0].secret_reference_id, "my-aws-secret");
  EXPECT_EQ(record.secret_mappings[0].secret_key, "<string>");
  EXPECT_EQ(record.secret_mappings[0].value_format, secret_format::json);
  EXPECT_EQ(record.pricing_adjustments.value().default_multiplier, 0.8);
  EXPECT_EQ(record.drift.unknown_fields, 0);
  EXPECT_EQ(record.drift.unknown_values, 0);
}

TEST(integration, of_the_reference_s_earlier_edition) {
  const auto parsed = parse_integration(test::sample("integration-older.json"));
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->status, record_status::active);
  EXPECT_EQ(parsed->global_workspace_access_settings->rate_limits.at(0).type, rate_type::requests);
  EXPECT_EQ(parsed->global_workspace_access_settings->rate_limits.at(0).unit, rate_unit::per_day);
  EXPECT_TRUE(parsed->secret_mappings.empty());
  EXPECT_FALSE(parsed->pricing_adjustments);
  EXPECT_EQ(parsed->drift.unknown_fields + parsed->drift.unknown_values, 0);
}

TEST(integration, as_a_live_control_plane_sends_it) {
  const auto parsed = parse_integration(test::live_integration);
  ASSERT_TRUE(parsed);
  const integration& record = *parsed;
  EXPECT_EQ(record.id, "3C90C3CC-0D44-4B50-8888-8DD25736052A") << "typed records keep what came";
  EXPECT_EQ(record.description, "Plattform \u00fcber alles \U0001F680");
  EXPECT_EQ(record.type, "organisation");
  EXPECT_FALSE(record.workspace_id);
  EXPECT_EQ(record.allow_all_models, false);
  EXPECT_EQ(record.masked_key, "ab****89");
  EXPECT_FALSE(record.key);
  const auto& azure = std::get<azure_openai_configuration>(record.configurations.provider);
  EXPECT_EQ(azure.auth.mode, azure_auth_mode::entra);
  EXPECT_EQ(azure.auth.azure_entra_tenant_id, "tenant");
  EXPECT_EQ(azure.auth.azure_entra_client_id, "client");
  EXPECT_FALSE(azure.auth.azure_entra_client_secret) << "came masked";
  EXPECT_EQ(record.configurations.masked_value("azure_entra_client_secret"), "se****et");
  EXPECT_EQ(azure.azure_resource_name, "platform-weu");
  ASSERT_EQ(azure.azure_deployment_config.size(), 2);
  EXPECT_EQ(azure.azure_deployment_config[0].alias, "gpt4o");
  EXPECT_TRUE(azure.azure_deployment_config[0].is_default);
  EXPECT_FALSE(azure.azure_deployment_config[1].alias);
  EXPECT_FALSE(azure.azure_deployment_config[1].is_default);
  EXPECT_EQ(azure.azure_deployment_config[1].azure_api_version, "2024-10-21");
  EXPECT_EQ(azure.azure_deployment_config[1].azure_deployment_name, "mini");
  EXPECT_EQ(azure.azure_deployment_config[1].azure_model_slug, "gpt-4o-mini");
  const usage_limits& usage = record.global_workspace_access_settings->usage_limits.value();
  EXPECT_EQ(usage.type, limit_type::cost);
  EXPECT_EQ(usage.periodic_reset, reset_period::weekly);
  EXPECT_EQ(usage.next_usage_reset_at.value().at, parse_date_time("2025-12-01T00:00:00Z"));
  EXPECT_EQ(record.global_workspace_access_settings->rate_limits.at(0).unit, rate_unit::per_hour);
  ASSERT_EQ(record.secret_mappings.size(), 2);
  EXPECT_FALSE(record.secret_mappings[0].secret_key);
  EXPECT_EQ(record.secret_mappings[0].value_format, secret_format::string);
  EXPECT_EQ(record.secret_mappings[1].secret_key, "client_secret");
  EXPECT_EQ(record.drift.unknown_fields + record.drift.unknown_values, 0);
}

TEST(integration, from_the_data_plane_comes_in_an_envelope_and_with_the_real_key) {
  const auto parsed = parse_integration(test::enveloped(R"({"slug":"a","key":"sk-real","object":"integration"})"));
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->slug, "a");
  EXPECT_EQ(parsed->key, "sk-real");
  EXPECT_EQ(parsed->drift.unknown_fields, 0) << "the envelope itself is no drift";
}

TEST(integration, with_everything_null_is_one_with_a_slug_only) {
  const auto parsed = parse_integration(
      R"({"slug":"a","id":null,"status":null,"object":null,"created_at":null,"configurations":null,
          "global_workspace_access_settings":null,"allow_all_models":null,"workspace_count":null,
          "secret_mappings":null,"pricing_adjustments":null,"description":null,"key":null})");
  ASSERT_TRUE(parsed);
  EXPECT_TRUE(parsed->id.empty());
  EXPECT_TRUE(parsed->status.text.empty());
  EXPECT_FALSE(parsed->created_at);
  EXPECT_TRUE(std::holds_alternative<std::monostate>(parsed->configurations.provider));
  EXPECT_FALSE(parsed->global_workspace_access_settings);
  EXPECT_FALSE(parsed->allow_all_models);
  EXPECT_FALSE(parsed->workspace_count);
  EXPECT_FALSE(parsed->pricing_adjustments);
  EXPECT_EQ(parsed->drift.unknown_values, 0);
}

}  // namespace
}  // namespace sidecache::records
