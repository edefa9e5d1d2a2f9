#include "mock/provider_schema.hpp"

#include <algorithm>
#include <array>
#include <boost/json.hpp>

namespace sidecache::mock {
namespace {

namespace json = boost::json;

constexpr std::array openai{config_field{"openai_organization"}, config_field{"openai_project"}};
constexpr std::array azure_openai{config_field{"azure_auth_mode", true, "default|entra|managed"},
                                  config_field{"azure_resource_name", true},
                                  config_field{"azure_entra_tenant_id"},
                                  config_field{"azure_entra_client_id"},
                                  config_field{"azure_entra_client_secret"},
                                  config_field{"azure_managed_client_id"}};
constexpr std::array bedrock{config_field{"aws_auth_type", true, "accessKey|assumedRole"},
                             config_field{"aws_region", true},
                             config_field{"aws_access_key_id"},
                             config_field{"aws_secret_access_key"},
                             config_field{"aws_role_arn"},
                             config_field{"aws_external_id"}};
constexpr std::array vertex{config_field{"vertex_auth_type", true, "basic|serviceAccount"},
                            config_field{"vertex_region", true}, config_field{"vertex_project_id"}};
constexpr std::array azure_ai{config_field{"azure_foundry_url", true},
                              config_field{"azure_auth_mode", true, "default|entra|managed"},
                              config_field{"azure_api_version", false, {}, 30},
                              config_field{"azure_deployment_name"},
                              config_field{"azure_entra_tenant_id"},
                              config_field{"azure_entra_client_id"},
                              config_field{"azure_entra_client_secret"},
                              config_field{"azure_managed_client_id"}};
constexpr std::array workers_ai{config_field{"workers_ai_account_id", true}};
constexpr std::array sagemaker{config_field{"aws_auth_type", true, "accessKey|assumedRole"},
                               config_field{"aws_region", true},
                               config_field{"aws_access_key_id"},
                               config_field{"aws_secret_access_key"},
                               config_field{"aws_role_arn"},
                               config_field{"aws_external_id"},
                               config_field{"amzn_sagemaker_custom_attributes"},
                               config_field{"amzn_sagemaker_target_model"},
                               config_field{"amzn_sagemaker_target_variant"},
                               config_field{"amzn_sagemaker_target_container_hostname"},
                               config_field{"amzn_sagemaker_inference_id"},
                               config_field{"amzn_sagemaker_enable_explanations"},
                               config_field{"amzn_sagemaker_inference_component"},
                               config_field{"amzn_sagemaker_session_id"},
                               config_field{"amzn_sagemaker_model_name"}};
constexpr std::array huggingface{config_field{"huggingface_base_url"}};
constexpr std::array cortex{config_field{"snowflake_account", true}};

constexpr std::array schemas{
    provider_schema{"openai", openai},       provider_schema{"azure-openai", azure_openai},
    provider_schema{"bedrock", bedrock},     provider_schema{"vertex-ai", vertex},
    provider_schema{"azure-ai", azure_ai},   provider_schema{"workers-ai", workers_ai},
    provider_schema{"sagemaker", sagemaker}, provider_schema{"huggingface", huggingface},
    provider_schema{"cortex", cortex},
};

bool one_of(std::string_view allowed, std::string_view value) {
  while (!allowed.empty()) {
    const auto option = allowed.substr(0, allowed.find('|'));
    if (option == value) return true;
    allowed.remove_prefix(std::min(allowed.size(), option.size() + 1));
  }
  return false;
}

std::optional<std::string> field_problem(const config_field& rule, const json::object& in) {
  const auto name = "configurations." + std::string(rule.name);
  const auto* value = in.if_contains(rule.name);
  if (value == nullptr || value->is_null()) return rule.required ? std::optional(name + " is required") : std::nullopt;
  const auto* text = value->if_string();
  if (text == nullptr) return name + " must be a string";
  if (rule.required && text->empty()) return name + " must not be empty";
  if (!rule.one_of.empty() && !one_of(rule.one_of, *text)) return name + " must be one of " + std::string(rule.one_of);
  if (rule.max_size != 0 && text->size() > rule.max_size)
    return name + " must have at most " + std::to_string(rule.max_size) + " characters";
  return std::nullopt;
}

std::optional<std::string> deployments_problem(const json::object& in) {
  static constexpr std::array rules{config_field{"azure_api_version", true, {}, 30},
                                    config_field{"azure_deployment_name", true}, config_field{"azure_model_slug", true},
                                    config_field{"alias"}};
  const auto* list = in.contains("azure_deployment_config") ? in.at("azure_deployment_config").if_array() : nullptr;
  if (list == nullptr || list->empty())
    return "configurations.azure_deployment_config must be an array of at least one deployment";
  for (const auto& entry : *list) {
    const auto* deployment = entry.if_object();
    if (deployment == nullptr) return "configurations.azure_deployment_config must hold objects";
    for (const auto& rule : rules)
      if (auto problem = field_problem(rule, *deployment)) return problem;
  }
  return std::nullopt;
}

std::optional<std::string> custom_host_problem(const json::object& in) {
  if (const auto* host = in.if_contains("custom_host"); host != nullptr && !host->is_null()) {
    const auto* text = host->if_string();
    if (text == nullptr || !(text->starts_with("http://") || text->starts_with("https://")))
      return "configurations.custom_host must be an http or https URL";
  }
  if (const auto* headers = in.if_contains("custom_headers"); headers != nullptr && !headers->is_null()) {
    const auto* object = headers->if_object();
    if (object == nullptr || !std::ranges::all_of(*object, [](const auto& one) { return one.value().is_string(); }))
      return "configurations.custom_headers must be an object of strings";
  }
  return std::nullopt;
}

}  // namespace

const provider_schema* find_schema(std::string_view ai_provider_id) {
  const auto* const at = std::ranges::find(schemas, ai_provider_id, &provider_schema::ai_provider_id);
  return at == schemas.end() ? nullptr : at;
}

std::optional<std::string> configuration_problem(std::string_view ai_provider_id, const json::object& configurations) {
  if (auto problem = custom_host_problem(configurations)) return problem;
  const auto* const schema = find_schema(ai_provider_id);
  if (schema == nullptr) return std::nullopt;
  for (const auto& rule : schema->fields)
    if (auto problem = field_problem(rule, configurations)) return problem;
  if (ai_provider_id == "azure-openai") return deployments_problem(configurations);
  return std::nullopt;
}

}  // namespace sidecache::mock
