// All ten provider configurations, and how they are told apart.
#include "sidecache/configurations.hpp"

#include <gtest/gtest.h>

#include <string>

#include "records/masking.hpp"
#include "sidecache/parse.hpp"

namespace sidecache::records {
namespace {

integration with(std::string_view configurations, std::string_view ai_provider_id = "") {
  auto parsed = parse_integration(R"({"slug":"a","configurations":)" + std::string(configurations) +
                                  R"(,"ai_provider_id":")" + std::string(ai_provider_id) + R"("})");
  EXPECT_TRUE(parsed);
  return parsed ? *parsed : integration{};
}

TEST(configurations, openai) {
  const auto record = with(R"({"openai_organization":"org","openai_project":"proj"})");
  const auto& openai = std::get<openai_configuration>(record.configurations.provider);
  EXPECT_EQ(openai.openai_organization, "org");
  EXPECT_EQ(openai.openai_project, "proj");
}

TEST(configurations, azure_openai_with_a_managed_identity) {
  const auto record = with(R"({"azure_auth_mode":"managed","azure_resource_name":"r","azure_managed_client_id":"m",
    "azure_deployment_config":[{"azure_api_version":"v","azure_deployment_name":"d","azure_model_slug":"s"}]})");
  const auto& azure = std::get<azure_openai_configuration>(record.configurations.provider);
  EXPECT_EQ(azure.auth.mode, azure_auth_mode::managed);
  EXPECT_EQ(azure.auth.azure_managed_client_id, "m");
  EXPECT_EQ(azure.azure_deployment_config.at(0).azure_api_version, "v");
}

TEST(configurations, bedrock) {
  const auto record = with(R"({"aws_auth_type":"assumedRole","aws_region":"eu-west-1","aws_access_key_id":"AK",
    "aws_secret_access_key":"clear","aws_role_arn":"arn:aws:iam::1:role/x","aws_external_id":null})");
  const auto& aws = std::get<bedrock_configuration>(record.configurations.provider).auth;
  EXPECT_EQ(aws.type, aws_auth_type::assumed_role);
  EXPECT_EQ(aws.aws_region, "eu-west-1");
  EXPECT_EQ(aws.aws_access_key_id, "AK");
  EXPECT_EQ(aws.aws_secret_access_key, "clear");
  EXPECT_EQ(aws.aws_role_arn, "arn:aws:iam::1:role/x");
  EXPECT_FALSE(aws.aws_external_id);
}

TEST(configurations, vertex_ai) {
  const auto record = with(R"({"vertex_auth_type":"serviceAccount","vertex_region":"europe-west4",
    "vertex_project_id":"p","vertex_service_account_json":{"type":"service_account","a":[1]}})");
  const auto& vertex = std::get<vertex_configuration>(record.configurations.provider);
  EXPECT_EQ(vertex.vertex_auth_type, vertex_auth_type::service_account);
  EXPECT_EQ(vertex.vertex_region, "europe-west4");
  EXPECT_EQ(vertex.vertex_project_id, "p");
  EXPECT_EQ(vertex.vertex_service_account_json, R"({"type":"service_account","a":[1]})");
  EXPECT_EQ(record.drift.unknown_fields + record.drift.unknown_values, 0);
}

TEST(configurations, azure_ai) {
  const auto record = with(R"({"azure_foundry_url":"https://x","azure_auth_mode":"default","azure_api_version":"v",
    "azure_deployment_name":"d","azure_entra_tenant_id":"t","azure_entra_client_id":"c",
    "azure_entra_client_secret":"s","azure_managed_client_id":"m"})");
  const auto& azure = std::get<azure_ai_configuration>(record.configurations.provider);
  EXPECT_EQ(azure.azure_foundry_url, "https://x");
  EXPECT_EQ(azure.auth.mode, azure_auth_mode::api_key);
  EXPECT_EQ(azure.azure_api_version, "v");
  EXPECT_EQ(azure.azure_deployment_name, "d");
  EXPECT_EQ(azure.auth.azure_entra_tenant_id, "t");
  EXPECT_EQ(azure.auth.azure_entra_client_id, "c");
  EXPECT_EQ(azure.auth.azure_entra_client_secret, "s");
  EXPECT_EQ(azure.auth.azure_managed_client_id, "m");
}

TEST(configurations, workers_ai_hugging_face_and_cortex) {
  const auto workers = with(R"({"workers_ai_account_id":"w"})");
  EXPECT_EQ(std::get<workers_ai_configuration>(workers.configurations.provider).workers_ai_account_id, "w");
  const auto hugging_face = with(R"({"huggingface_base_url":"https://h"})");
  EXPECT_EQ(std::get<huggingface_configuration>(hugging_face.configurations.provider).huggingface_base_url,
            "https://h");
  const auto cortex = with(R"({"snowflake_account":"s"})");
  EXPECT_EQ(std::get<cortex_configuration>(cortex.configurations.provider).snowflake_account, "s");
}

TEST(configurations, sagemaker_is_bedrock_s_fields_and_its_own) {
  const auto record = with(R"({"aws_auth_type":"accessKey","aws_region":"us-east-1",
    "amzn_sagemaker_custom_attributes":"1","amzn_sagemaker_target_model":"2","amzn_sagemaker_target_variant":"3",
    "amzn_sagemaker_target_container_hostname":"4","amzn_sagemaker_inference_id":"5",
    "amzn_sagemaker_enable_explanations":"6","amzn_sagemaker_inference_component":"7",
    "amzn_sagemaker_session_id":"8","amzn_sagemaker_model_name":"9"})");
  const auto& sagemaker = std::get<sagemaker_configuration>(record.configurations.provider);
  EXPECT_EQ(sagemaker.auth.type, aws_auth_type::access_key);
  EXPECT_EQ(sagemaker.auth.aws_region, "us-east-1");
  EXPECT_EQ(sagemaker.amzn_sagemaker_custom_attributes, "1");
  EXPECT_EQ(sagemaker.amzn_sagemaker_target_model, "2");
  EXPECT_EQ(sagemaker.amzn_sagemaker_target_variant, "3");
  EXPECT_EQ(sagemaker.amzn_sagemaker_target_container_hostname, "4");
  EXPECT_EQ(sagemaker.amzn_sagemaker_inference_id, "5");
  EXPECT_EQ(sagemaker.amzn_sagemaker_enable_explanations, "6");
  EXPECT_EQ(sagemaker.amzn_sagemaker_inference_component, "7");
  EXPECT_EQ(sagemaker.amzn_sagemaker_session_id, "8");
  EXPECT_EQ(sagemaker.amzn_sagemaker_model_name, "9");
  EXPECT_EQ(record.drift.unknown_fields, 0);
}

TEST(configurations, a_custom_host_stands_alone_or_beside_another_provider) {
  const auto alone = with(R"({"custom_host":"https://h","custom_headers":{"x-a":"1","x-b":"2"}})");
  EXPECT_TRUE(std::holds_alternative<std::monostate>(alone.configurations.provider));
  ASSERT_TRUE(alone.configurations.custom_host);
  EXPECT_EQ(alone.configurations.custom_host->custom_host, "https://h");
  ASSERT_EQ(alone.configurations.custom_host->custom_headers.size(), 2);
  EXPECT_EQ(alone.configurations.custom_host->custom_headers[1].name, "x-b");
  EXPECT_EQ(alone.configurations.custom_host->custom_headers[1].text, "2");

  const auto beside = with(R"({"openai_project":"p","custom_host":"https://h"})");
  EXPECT_EQ(std::get<openai_configuration>(beside.configurations.provider).openai_project, "p");
  EXPECT_EQ(beside.configurations.custom_host.value().custom_host, "https://h");
  EXPECT_FALSE(with(R"({"openai_project":"p"})").configurations.custom_host);
}

TEST(configurations, where_the_fields_fit_two_providers_the_provider_s_id_decides) {
  constexpr std::string_view aws = R"({"aws_auth_type":"accessKey","aws_region":"r"})";
  EXPECT_TRUE(std::holds_alternative<bedrock_configuration>(with(aws).configurations.provider));
  EXPECT_TRUE(std::holds_alternative<bedrock_configuration>(with(aws, "bedrock").configurations.provider));
  EXPECT_TRUE(std::holds_alternative<sagemaker_configuration>(with(aws, "sagemaker").configurations.provider));
  constexpr std::string_view azure = R"({"azure_auth_mode":"default"})";
  EXPECT_TRUE(std::holds_alternative<azure_openai_configuration>(with(azure).configurations.provider));
  EXPECT_TRUE(std::holds_alternative<azure_ai_configuration>(with(azure, "azure-ai").configurations.provider));
  EXPECT_TRUE(std::holds_alternative<sagemaker_configuration>(
      with(R"({"aws_region":"r","amzn_sagemaker_model_name":"m"})", "bedrock").configurations.provider))
      << "the fields come before the provider's id";
}

TEST(configurations, masked_fields_are_kept_under_their_own_name_and_speak_for_their_provider) {
  const auto record = with(R"({"masked_aws_secret_access_key":"wJ****EY","masked_vertex_thing":"x",
                               "masked_custom_headers":{"a":"b"}})");
  EXPECT_TRUE(std::holds_alternative<bedrock_configuration>(record.configurations.provider));
  EXPECT_EQ(record.configurations.masked_value("aws_secret_access_key"), "wJ****EY");
  EXPECT_EQ(record.configurations.masked_value("custom_headers"), R"({"a":"b"})");
  EXPECT_EQ(record.configurations.masked_value("vertex_thing"), "x") << "kept although no schema names it";
  EXPECT_EQ(record.drift.unknown_fields, 1) << "and counted";
  EXPECT_FALSE(record.configurations.masked_value("aws_region"));
}

TEST(configurations, every_sensitive_field_is_known_under_its_masked_name) {
  for (const auto& field : sensitive_fields) {
    const auto record = with("{\"" + masked_name(field.name) + "\":\"a****z\"}");
    EXPECT_EQ(record.drift.unknown_fields, 0) << field.name;
    EXPECT_EQ(record.configurations.masked_value(field.name), "a****z");
  }
}

TEST(configurations, of_no_known_provider) {
  const auto record = with(R"({"new_provider_region":"r"})");
  EXPECT_TRUE(std::holds_alternative<std::monostate>(record.configurations.provider));
  EXPECT_EQ(record.drift.unknown_fields, 1);
  EXPECT_TRUE(std::holds_alternative<std::monostate>(with("[]").configurations.provider));
}

}  // namespace
}  // namespace sidecache::records
