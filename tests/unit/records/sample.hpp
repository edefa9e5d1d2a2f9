// Bodies that the tests read: the API reference's examples, and records as live control planes send them.
#pragma once

#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <string_view>

namespace sidecache::records::test {

inline std::string sample(std::string_view file) {
  std::ifstream in(std::string(SIDECACHE_SOURCE_DIR "/tests/data/samples/") + std::string(file), std::ios::binary);
  if (!in) throw std::runtime_error("no such sample");
  return {std::istreambuf_iterator<char>(in), {}};
}

constexpr std::string_view live_integration = R"({
  "id": "3C90C3CC-0D44-4B50-8888-8DD25736052A", "organisation_id": "9d1e1c5a-1c7e-4f53-9a38-0a4b6e5dd001",
  "ai_provider_id": "azure-openai", "name": "Azure OpenAI, production", "status": "active",
  "created_at": "2025-03-07T05:31:56.000Z", "last_updated_at": "2025-09-12T11:02:44.500Z",
  "slug": "azure-prod", "description": "Plattform \u00fcber alles \ud83d\ude80", "object": "integration",
  "masked_key": "ab****89", "type": "organisation", "workspace_id": null,
  "configurations": {
    "azure_auth_mode": "entra", "azure_resource_name": "platform-weu",
    "azure_deployment_config": [
      {"alias": "gpt4o", "azure_api_version": "2024-10-21", "azure_deployment_name": "gpt-4o", "is_default": true,
       "azure_model_slug": "gpt-4o"},
      {"azure_api_version": "2024-10-21", "azure_deployment_name": "mini", "azure_model_slug": "gpt-4o-mini"}],
    "azure_entra_tenant_id": "tenant", "azure_entra_client_id": "client",
    "masked_azure_entra_client_secret": "se****et"},
  "global_workspace_access_settings": {
    "enabled": true,
    "usage_limits": [{"credit_limit": 1000, "type": "cost", "alert_threshold": 800, "periodic_reset": "weekly",
                      "next_usage_reset_at": "2025-12-01T00:00:00.000Z"}],
    "rate_limits": [{"type": "tokens", "unit": "rph", "value": 600}]},
  "allow_all_models": false, "workspace_count": 14,
  "secret_mappings": [
    {"target_field": "key", "secret_reference_id": "azure-key", "secret_key": null, "value_format": "string"},
    {"target_field": "configurations.azure_entra_client_secret", "secret_reference_id": "entra",
     "secret_key": "client_secret", "value_format": "json"}],
  "pricing_adjustments": {"multiplier": {
    "default": 0.85, "request_token": 0.8, "response_token": null, "reasoning_token": 0,
    "image": {"default": 0.5}, "additional_units": {"web_search": 1.5, "session": null}}}
})";

constexpr std::string_view live_virtual_key = R"({
  "id": "7a1f0d52-62b5-4c3e-9a52-0c6cf1f2a001", "ai_provider_name": "openai", "key": "", "masked_api_key": "sk-****1f",
  "name": "team-a", "slug": "team-a-3f2b1c", "note": null, "status": "exhausted", "object": "virtual-key",
  "usage_limits": {"credit_limit": 12.5, "type": "tokens", "alert_threshold": null, "periodic_reset": null,
                   "periodic_reset_days": 30, "next_usage_reset_at": "2025-11-30T23:00:00+01:00"},
  "reset_usage": 3.25, "created_at": "2025-01-15T08:00:00.123456Z", "last_reset_at": "2025-10-31T23:00:00Z",
  "model_config": {"region": "eu", "nested": [1, {"a": null}]},
  "rate_limits": [{"type": "requests", "unit": "rpw", "value": 100000}],
  "expires_at": "2026-01-01T00:00:00Z", "integration_id": "Openai-Main", "tags": ["a", "b"],
  "secret_mappings": [{"target_field": "model_config.region", "secret_reference_id": "region"}]
})";

constexpr std::string_view live_provider = R"({
  "id": "7a1f0d52-62b5-4c3e-9a52-0c6cf1f2a002", "name": "OpenAI for team A", "slug": "openai-team-a",
  "object": "provider", "integration_id": "3C90C3CC-0D44-4B50-8888-8DD25736052A",
  "workspace_id": "9D1E1C5A-1C7E-4F53-9A38-0A4B6E5DD001", "note": "ask platform", "status": "expired",
  "usage_limits": [{"credit_limit": 10, "periodic_reset": "monthly", "next_usage_reset_at": "2025-12-01T00:00:00Z"}],
  "reset_usage": null, "created_at": "2023-11-07T05:31:56Z", "rate_limits": null,
  "expires_at": "9999-12-31T23:59:59.999Z", "model_config": {}
})";

/// As the data-plane API sends a record.
inline std::string enveloped(std::string_view record) {
  return R"({"success":true,"data":)" + std::string(record) + "}";
}

}  // namespace sidecache::records::test
