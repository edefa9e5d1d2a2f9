// Virtual keys and providers: all states, and usage limits in the three shapes that were seen (object, array, null).
#include "mock/seed.hpp"

namespace sidecache::mock {
namespace {

constexpr std::array budgets{
    seeded_record{family::virtual_key, "acme", "acme-prod", "openai-vk", "openai-prod", "", R"({
  "name": "OpenAI, checkout assistant", "provider": "openai", "note": "Used by the checkout assistant. Rotate with the integration, page #checkout-oncall first.",
  "usage_limits": {"credit_limit": 1000, "type": "cost", "alert_threshold": 800, "periodic_reset": "monthly", "reset_in_s": 604800},
  "reset_usage": 0, "created_at": "2024-11-05T10:00:00.000Z", "key": "sk-planted-not-a-real-openai-key-7Qm2", "model_config": {},
  "rate_limits": [{"type": "requests", "unit": "rpm", "value": 600}],
  "secret_mappings": [{"target_field": "key", "secret_reference_id": "acme-openai-prod", "secret_key": "api_key", "value_format": "json"}],
  "tags": ["checkout", "production"]})"},
    seeded_record{family::virtual_key, "acme", "acme-prod", "azure-vk", "azure-openai-eu", "", R"({
  "name": "Azure EU, document search", "provider": "azure-openai", "note": null,
  "usage_limits": [{"credit_limit": 250, "type": "cost", "alert_threshold": 200, "periodic_reset": "weekly"}],
  "created_at": "2025-01-21T09:00:00.000Z", "key": "planted-not-a-real-azure-key-91c4",
  "model_config": {"resourceName": "acme-openai-swedencentral", "deploymentConfig": [{"alias": "gpt-4.1", "apiVersion": "2025-04-01-preview", "deploymentName": "gpt41-eu", "is_default": true}]},
  "rate_limits": [{"type": "tokens", "unit": "rpm", "value": 400000}], "tags": null})"},
    seeded_record{family::virtual_key, "acme", "acme-prod", "bedrock-vk", "bedrock-us", "", R"({
  "name": "Bedrock, batch summaries", "provider": "bedrock", "note": "Nightly, 01:00 to 04:00 UTC.",
  "usage_limits": null, "created_at": "2024-08-14T07:00:00.000Z",
  "model_config": {"awsAuthType": "assumedRole", "awsRoleArn": "arn:aws:iam::123456789012:role/acme-gateway-bedrock", "awsRegion": "us-east-1"},
  "rate_limits": [{"type": "requests", "unit": "rpd", "value": 200000}],
  "secret_mappings": [{"target_field": "model_config.awsRoleArn", "secret_reference_id": "acme-bedrock-role", "secret_key": "role_arn", "value_format": "json"}]})"},
    seeded_record{family::virtual_key, "acme", "acme-prod", "vertex-vk", "vertex-europe", "", R"({
  "name": "Vertex, search", "provider": "vertex-ai", "note": "",
  "usage_limits": {"credit_limit": 50000000, "type": "tokens", "alert_threshold": 45000000, "periodic_reset_days": 14, "reset_in_s": 86400},
  "reset_usage": 12345.67, "created_at": "2025-02-12T10:00:00.000Z", "model_config": {"vertexProjectId": "acme-ml-prod", "vertexRegion": "europe-west4"}})"},
    seeded_record{family::virtual_key, "acme", "acme-prod", "exhausted-vk", "openai-prod", "", R"({
  "name": "Hackathon budget", "provider": "openai", "note": "Spent. Comes back with a reset.", "status": "exhausted",
  "usage_limits": {"credit_limit": 50, "type": "cost", "alert_threshold": 40}, "reset_usage": 50,
  "created_at": "2025-05-10T10:00:00.000Z", "key": "sk-planted-not-a-real-openai-key-7Qm2"})"},
    seeded_record{family::virtual_key, "acme", "acme-prod", "expiring-vk", "openai-prod", "", R"({
  "name": "Contractor access", "provider": "openai", "note": "Expires fifteen minutes after the mock was started.", "expires_in_s": 900,
  "created_at": "2025-06-01T10:00:00.000Z", "key": "sk-planted-not-a-real-openai-key-7Qm2"})"},
    seeded_record{family::virtual_key, "acme", "acme-prod", "expired-vk", "openai-prod", "", R"({
  "name": "Last quarter's pilot", "provider": "openai", "note": null, "expires_at": "2025-03-31T23:59:59.000Z",
  "created_at": "2025-01-02T10:00:00.000Z", "key": "sk-planted-not-a-real-openai-key-7Qm2"})"},
    seeded_record{family::virtual_key, "acme", "acme-staging", "openai-vk", "openai-prod", "", R"({
  "name": "OpenAI, staging", "provider": "openai", "note": "The same slug as production's, another budget.",
  "usage_limits": [], "created_at": "2024-11-06T10:00:00.000Z", "key": "sk-planted-not-a-real-staging-key-st4",
  "rate_limits": [{"type": "requests", "unit": "rpm", "value": 60}], "tags": ["staging"]})"},
    seeded_record{family::virtual_key, "globex", "globex-main", "openai-vk", "openai-prod", "", R"({
  "name": "Globex chat", "provider": "openai", "note": null, "usage_limits": null,
  "created_at": "2025-03-03T00:00:00.000Z", "key": "sk-planted-not-a-real-globex-key-gx9"})"},
    seeded_record{family::provider, "acme", "acme-prod", "openai-main", "openai-prod", "", R"({
  "name": "OpenAI for production", "note": "Default of the model catalogue.",
  "usage_limits": {"credit_limit": 2000, "type": "cost", "alert_threshold": 1500, "periodic_reset": "monthly", "reset_in_s": 1209600},
  "created_at": "2024-11-05T11:00:00.000Z", "rate_limits": [{"type": "requests", "unit": "rpm", "value": 3000}]})"},
    seeded_record{family::provider, "acme", "acme-prod", "azure-main", "azure-openai-eu", "", R"({
  "name": "Azure OpenAI EU", "note": null, "usage_limits": [{"credit_limit": 900, "type": "cost", "alert_threshold": null, "periodic_reset": "weekly", "periodic_reset_days": null, "next_usage_reset_at": null}],
  "created_at": "2025-01-21T09:30:00.000Z", "rate_limits": [{"type": "tokens", "unit": "rph", "value": 9000000}]})"},
    seeded_record{family::provider, "acme", "acme-prod", "bedrock-main", "bedrock-us", "", R"({
  "name": "Bedrock US", "note": null, "usage_limits": null, "created_at": "2024-08-14T07:30:00.000Z",
  "rate_limits": [{"type": "requests", "unit": "rpw", "value": 1000000}]})"},
    seeded_record{family::provider, "acme", "acme-prod", "vertex-main", "vertex-europe", "", R"({
  "name": "Vertex Europe", "note": null, "usage_limits": null, "created_at": "2025-02-12T10:30:00.000Z"})"},
    seeded_record{family::provider, "acme", "acme-prod", "foundry-main", "azure-foundry", "", R"({
  "name": "Foundry", "note": null, "usage_limits": null, "created_at": "2025-03-25T11:00:00.000Z"})"},
    seeded_record{family::provider, "acme", "acme-prod", "edge-main", "workers-ai-edge", "", R"({
  "name": "Workers AI", "note": null, "usage_limits": null, "created_at": "2025-04-02T07:00:00.000Z"})"},
    seeded_record{family::provider, "acme", "acme-prod", "embeddings-main", "sagemaker-embeddings", "", R"({
  "name": "Embeddings", "note": "In-house model.", "usage_limits": null, "created_at": "2024-12-09T15:00:00.000Z"})"},
    seeded_record{family::provider, "acme", "acme-prod", "reranker-main", "huggingface-inference", "", R"({
  "name": "Reranker", "note": null, "usage_limits": null, "created_at": "2025-05-19T20:00:00.000Z"})"},
    seeded_record{family::provider, "acme", "acme-prod", "cortex-main", "cortex-analytics", "", R"({
  "name": "Cortex", "note": "Archived with its integration.", "status": "exhausted", "usage_limits": {"credit_limit": 10, "type": "cost"},
  "reset_usage": 10, "created_at": "2024-10-01T00:00:00.000Z"})"},
    seeded_record{family::provider, "acme", "acme-prod", "vllm-main", "custom-host-vllm", "", R"({
  "name": "vLLM", "note": null, "usage_limits": null, "created_at": "2025-06-06T06:00:00.000Z", "expires_in_s": 86400})"},
    seeded_record{family::provider, "acme", "acme-staging", "openai-main", "openai-prod", "", R"({
  "name": "OpenAI for staging", "note": "The same slug as production's, another record.", "usage_limits": {"credit_limit": 50, "type": "cost"},
  "created_at": "2024-11-06T11:00:00.000Z", "rate_limits": [{"type": "requests", "unit": "rpm", "value": 100}]})"},
    seeded_record{family::provider, "globex", "globex-main", "openai-main", "openai-prod", "", R"({
  "name": "Globex OpenAI", "note": null, "usage_limits": null, "created_at": "2025-03-03T01:00:00.000Z"})"},
};

}  // namespace

std::span<const seeded_record> seeded_budgets() { return budgets; }

}  // namespace sidecache::mock
