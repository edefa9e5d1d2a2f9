// What an integration knows about its AI provider: one of ten shapes.
//
// Which one it is follows from the fields present (`vertex_region` is only ever Vertex AI's). Two pairs share fields:
// Azure AI is told from Azure OpenAI by `azure_foundry_url`, SageMaker from Bedrock by any `amzn_sagemaker_*`; where
// those are absent the integration's `ai_provider_id` decides. The custom host's fields are no provider's own and can
// come along with any of the others, so they stand beside the variant. If the fields of several providers are mixed,
// the one with most of them is kept.
//
// Sensitive fields come masked: the name gains the prefix `masked_`. Each of those is kept in `masked`, under its name
// without the prefix; the plain field stays empty then. Values may be real credentials: treat all of it as secret.
// Source: the control plane's API reference, schema Integration, `configurations`.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "sidecache/record_parts.hpp"

namespace sidecache::records {

struct named_text {
  std::string name;
  std::string text;
};

struct openai_configuration {
  std::optional<std::string> openai_organization;
  std::optional<std::string> openai_project;
};

/// `api_key` is called "default" by the control plane.
enum class azure_auth_mode : std::uint8_t { unknown, api_key, entra, managed };

/// How Azure OpenAI and Azure AI authenticate.
struct azure_auth {
  choice<azure_auth_mode> mode;
  std::optional<std::string> azure_entra_tenant_id;
  std::optional<std::string> azure_entra_client_id;
  std::optional<std::string> azure_entra_client_secret;
  std::optional<std::string> azure_managed_client_id;
};

struct azure_deployment {
  std::optional<std::string> alias;
  std::string azure_api_version;  ///< at most 30 characters by the schema
  std::string azure_deployment_name;
  bool is_default = false;
  std::string azure_model_slug;
};

struct azure_openai_configuration {
  azure_auth auth;
  std::string azure_resource_name;
  std::vector<azure_deployment> azure_deployment_config;  ///< one or more by the schema
};

enum class aws_auth_type : std::uint8_t { unknown, access_key, assumed_role };

/// How Bedrock and SageMaker authenticate, and where.
struct aws_auth {
  choice<aws_auth_type> type;
  std::string aws_region;
  std::optional<std::string> aws_access_key_id;
  std::optional<std::string> aws_secret_access_key;
  std::optional<std::string> aws_role_arn;
  std::optional<std::string> aws_external_id;
};

struct bedrock_configuration {
  aws_auth auth;
};

enum class vertex_auth_type : std::uint8_t { unknown, basic, service_account };

struct vertex_configuration {
  choice<vertex_auth_type> vertex_auth_type;
  std::string vertex_region;
  std::optional<std::string> vertex_project_id;
  std::optional<std::string> vertex_service_account_json;  ///< the object's JSON text, as it came
};

struct azure_ai_configuration {
  std::string azure_foundry_url;
  azure_auth auth;
  std::optional<std::string> azure_api_version;
  std::optional<std::string> azure_deployment_name;
};

struct workers_ai_configuration {
  std::string workers_ai_account_id;
};

struct sagemaker_configuration {
  aws_auth auth;
  std::optional<std::string> amzn_sagemaker_custom_attributes;
  std::optional<std::string> amzn_sagemaker_target_model;
  std::optional<std::string> amzn_sagemaker_target_variant;
  std::optional<std::string> amzn_sagemaker_target_container_hostname;
  std::optional<std::string> amzn_sagemaker_inference_id;
  std::optional<std::string> amzn_sagemaker_enable_explanations;
  std::optional<std::string> amzn_sagemaker_inference_component;
  std::optional<std::string> amzn_sagemaker_session_id;
  std::optional<std::string> amzn_sagemaker_model_name;
};

struct huggingface_configuration {
  std::optional<std::string> huggingface_base_url;
};

struct cortex_configuration {
  std::string snowflake_account;
};

struct custom_host_configuration {
  std::optional<std::string> custom_host;
  std::vector<named_text> custom_headers;  ///< in the order they came; not always masked
};

struct configurations {
  /// monostate: no field of any of the nine came.
  std::variant<std::monostate, openai_configuration, azure_openai_configuration, bedrock_configuration,
               vertex_configuration, azure_ai_configuration, workers_ai_configuration, sagemaker_configuration,
               huggingface_configuration, cortex_configuration>
      provider;
  std::optional<custom_host_configuration> custom_host;
  std::vector<named_text> masked;  ///< names without `masked_`; of values that are no strings, the JSON text

  /// The masked value of a field, if it came.
  [[nodiscard]] std::optional<std::string_view> masked_value(std::string_view name) const {
    for (const auto& each : masked) {
      if (each.name == name) return each.text;
    }
    return std::nullopt;
  }
};

}  // namespace sidecache::records
