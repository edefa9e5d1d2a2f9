// The tables of the ten provider configurations, and one of all their fields together: which of the ten it is, is only
// known once all of it was seen, so what is known at all is asked of the latter.
#pragma once

#include "records/fields.hpp"
#include "sidecache/configurations.hpp"

namespace sidecache::records {

constexpr std::string_view masked_prefix = "masked_";

template <>
inline constexpr auto fields<openai_configuration> = std::to_array<field<openai_configuration>>({
    {"openai_organization", shape::text, set<&openai_configuration::openai_organization>},
    {"openai_project", shape::text, set<&openai_configuration::openai_project>},
});

template <>
inline constexpr auto fields<azure_deployment> = std::to_array<field<azure_deployment>>({
    {"alias", shape::text, set<&azure_deployment::alias>},
    {"azure_api_version", shape::text, set<&azure_deployment::azure_api_version>},
    {"azure_deployment_name", shape::text, set<&azure_deployment::azure_deployment_name>},
    {"is_default", shape::boolean, set<&azure_deployment::is_default>},
    {"azure_model_slug", shape::text, set<&azure_deployment::azure_model_slug>},
});

template <class Config>
inline constexpr auto azure_auth_fields = std::to_array<field<Config>>({
    {"azure_auth_mode", shape::azure_auth_mode, set_in<&Config::auth, &azure_auth::mode>},
    {"azure_entra_tenant_id", shape::text, set_in<&Config::auth, &azure_auth::azure_entra_tenant_id>},
    {"azure_entra_client_id", shape::text, set_in<&Config::auth, &azure_auth::azure_entra_client_id>},
    {"azure_entra_client_secret", shape::text, set_in<&Config::auth, &azure_auth::azure_entra_client_secret>},
    {"azure_managed_client_id", shape::text, set_in<&Config::auth, &azure_auth::azure_managed_client_id>},
});

template <>
inline constexpr auto fields<azure_openai_configuration> =
    joined(azure_auth_fields<azure_openai_configuration>,
           std::to_array<field<azure_openai_configuration>>({
               {"azure_resource_name", shape::text, set<&azure_openai_configuration::azure_resource_name>},
               {"azure_deployment_config", shape::azure_deployments,
                set<&azure_openai_configuration::azure_deployment_config>},
           }));

template <>
inline constexpr auto fields<azure_ai_configuration> =
    joined(azure_auth_fields<azure_ai_configuration>,
           std::to_array<field<azure_ai_configuration>>({
               {"azure_foundry_url", shape::text, set<&azure_ai_configuration::azure_foundry_url>},
               {"azure_api_version", shape::text, set<&azure_ai_configuration::azure_api_version>},
               {"azure_deployment_name", shape::text, set<&azure_ai_configuration::azure_deployment_name>},
           }));

template <class Config>
inline constexpr auto aws_auth_fields = std::to_array<field<Config>>({
    {"aws_auth_type", shape::aws_auth_type, set_in<&Config::auth, &aws_auth::type>},
    {"aws_region", shape::text, set_in<&Config::auth, &aws_auth::aws_region>},
    {"aws_access_key_id", shape::text, set_in<&Config::auth, &aws_auth::aws_access_key_id>},
    {"aws_secret_access_key", shape::text, set_in<&Config::auth, &aws_auth::aws_secret_access_key>},
    {"aws_role_arn", shape::text, set_in<&Config::auth, &aws_auth::aws_role_arn>},
    {"aws_external_id", shape::text, set_in<&Config::auth, &aws_auth::aws_external_id>},
});

template <>
inline constexpr auto fields<bedrock_configuration> = aws_auth_fields<bedrock_configuration>;

template <>
inline constexpr auto fields<sagemaker_configuration> = joined(
    aws_auth_fields<sagemaker_configuration>,
    std::to_array<field<sagemaker_configuration>>({
        {"amzn_sagemaker_custom_attributes", shape::text,
         set<&sagemaker_configuration::amzn_sagemaker_custom_attributes>},
        {"amzn_sagemaker_target_model", shape::text, set<&sagemaker_configuration::amzn_sagemaker_target_model>},
        {"amzn_sagemaker_target_variant", shape::text, set<&sagemaker_configuration::amzn_sagemaker_target_variant>},
        {"amzn_sagemaker_target_container_hostname", shape::text,
         set<&sagemaker_configuration::amzn_sagemaker_target_container_hostname>},
        {"amzn_sagemaker_inference_id", shape::text, set<&sagemaker_configuration::amzn_sagemaker_inference_id>},
        {"amzn_sagemaker_enable_explanations", shape::text,
         set<&sagemaker_configuration::amzn_sagemaker_enable_explanations>},
        {"amzn_sagemaker_inference_component", shape::text,
         set<&sagemaker_configuration::amzn_sagemaker_inference_component>},
        {"amzn_sagemaker_session_id", shape::text, set<&sagemaker_configuration::amzn_sagemaker_session_id>},
        {"amzn_sagemaker_model_name", shape::text, set<&sagemaker_configuration::amzn_sagemaker_model_name>},
    }));

template <>
inline constexpr auto fields<vertex_configuration> = std::to_array<field<vertex_configuration>>({
    {"vertex_auth_type", shape::vertex_auth_type, set<&vertex_configuration::vertex_auth_type>},
    {"vertex_region", shape::text, set<&vertex_configuration::vertex_region>},
    {"vertex_project_id", shape::text, set<&vertex_configuration::vertex_project_id>},
    {"vertex_service_account_json", shape::free_object, set_raw<&vertex_configuration::vertex_service_account_json>},
});

template <>
inline constexpr auto fields<workers_ai_configuration> = std::to_array<field<workers_ai_configuration>>({
    {"workers_ai_account_id", shape::text, set<&workers_ai_configuration::workers_ai_account_id>},
});

template <>
inline constexpr auto fields<huggingface_configuration> = std::to_array<field<huggingface_configuration>>({
    {"huggingface_base_url", shape::text, set<&huggingface_configuration::huggingface_base_url>},
});

template <>
inline constexpr auto fields<cortex_configuration> = std::to_array<field<cortex_configuration>>({
    {"snowflake_account", shape::text, set<&cortex_configuration::snowflake_account>},
});

inline void set_custom_headers(json_cursor& from, custom_host_configuration& to) {
  to.custom_headers.clear();
  from.members([&](std::string_view name) {
    auto& header = to.custom_headers.emplace_back(std::string(name), std::string{});
    header.text = text_or_raw(from);
  });
}

template <>
inline constexpr auto fields<custom_host_configuration> = std::to_array<field<custom_host_configuration>>({
    {"custom_host", shape::text, set<&custom_host_configuration::custom_host>},
    {"custom_headers", shape::text_map, set_custom_headers},
});

template <class... Config>
consteval auto rules_of_all() {
  std::array<rule, (fields<Config>.size() + ...)> all;
  std::size_t n = 0;
  const auto add = [&](const auto& table) {
    for (const auto& each : table) all[n++] = {each.name, each.what};
  };
  (add(fields<Config>), ...);
  return all;
}
inline constexpr schema_table all_configurations{
    rules_of_all<openai_configuration, azure_openai_configuration, azure_ai_configuration, sagemaker_configuration,
                 vertex_configuration, workers_ai_configuration, huggingface_configuration, cortex_configuration,
                 custom_host_configuration>()};

/// Which provider's it is may depend on the integration's `ai_provider_id`, hence the parameter. Sets all of `to`.
void read_configurations(json_cursor& from, std::string_view ai_provider_id, configurations& to);

}  // namespace sidecache::records
