// One integration of each kind of provider for acme, two for globex, and one per acme workspace under the same slug.
#include "mock/seed.hpp"

namespace sidecache::mock {
namespace {

constexpr std::array integrations{
    seeded_record{family::integration, "acme", "", "openai-prod", "", "acme-prod,acme-staging", R"({
  "ai_provider_id": "openai", "name": "OpenAI production", "status": "active",
  "description": "Chat, embeddings and realtime for every product team. Owned by platform-ai; budget reviewed monthly with finance. Ask in #platform-ai before raising limits. The key is mapped from the secret store and rotated every 60 days; the fine-tuned triage model belongs to support and may be disabled without notice during their freeze. Staging shares this integration with a budget of its own.",
  "created_at": "2024-11-04T09:12:44.000Z", "last_updated_at": "2025-06-17T15:03:21.000Z",
  "key": "sk-planted-not-a-real-openai-key-7Qm2",
  "configurations": {"openai_organization": "org-demoAcme01", "openai_project": "proj_demoAcmeProd"},
  "global_workspace_access_settings": {"enabled": true,
    "usage_limits": [{"type": "cost", "credit_limit": 5000, "alert_threshold": 4000, "periodic_reset": "monthly"}],
    "rate_limits": [{"type": "requests", "unit": "rpm", "value": 6000}]},
  "allow_all_models": false,
  "secret_mappings": [{"target_field": "key", "secret_reference_id": "acme-openai-prod", "secret_key": "api_key", "value_format": "json"}],
  "pricing_adjustments": {"multiplier": {"default": 0.85, "cache_read_input_token": 0.5, "cache_write_input_token": 1, "reasoning_token": 0.9, "image": {"default": 0.95}, "additional_units": {"web_search": 0.8, "file_search": null}}},
  "models": [{"slug": "gpt-4.1", "enabled": true, "is_custom": false, "is_finetune": false},
             {"slug": "gpt-4.1-mini", "enabled": true, "is_custom": false, "is_finetune": false},
             {"slug": "text-embedding-3-large", "enabled": true, "is_custom": false, "is_finetune": false},
             {"slug": "ft-support-triage", "enabled": true, "is_custom": true, "is_finetune": true, "base_model_slug": "gpt-4.1-mini"}]})"},
    seeded_record{family::integration, "acme", "", "azure-openai-eu", "", "acme-prod", R"({
  "ai_provider_id": "azure-openai", "name": "Azure OpenAI, EU data boundary", "status": "active",
  "description": "Deployments in Sweden Central for customers whose contract keeps their data in the EU. Entra application, secret rotated each quarter by the cloud team.",
  "created_at": "2025-01-20T08:30:00.000Z", "last_updated_at": "2025-07-02T11:47:09.000Z",
  "key": "planted-not-a-real-azure-key-91c4",
  "configurations": {"azure_auth_mode": "entra", "azure_resource_name": "acme-openai-swedencentral",
    "azure_deployment_config": [
      {"alias": "gpt-4.1", "azure_api_version": "2025-04-01-preview", "azure_deployment_name": "gpt41-eu", "is_default": true, "azure_model_slug": "gpt-4.1"},
      {"alias": "embeddings", "azure_api_version": "2024-10-21", "azure_deployment_name": "embed3-eu", "is_default": false, "azure_model_slug": "text-embedding-3-large"},
      {"alias": "o4-mini", "azure_api_version": "2025-04-01-preview", "azure_deployment_name": "o4mini-eu", "is_default": false, "azure_model_slug": "o4-mini"}],
    "azure_entra_tenant_id": "5f3c1f0e-0d5e-4c55-9d0f-acme00000001", "azure_entra_client_id": "8f6f2d58-54c9-4a2e-8f4a-acme00000002",
    "azure_entra_client_secret": "planted-not-a-real-entra-secret-Yw8~"},
  "global_workspace_access_settings": null, "allow_all_models": true,
  "secret_mappings": [{"target_field": "configurations.azure_entra_client_secret", "secret_reference_id": "acme-entra-eu", "secret_key": null, "value_format": "string"}],
  "pricing_adjustments": {"multiplier": {"default": 1, "request_token": 0.92, "response_token": 0.92}}})"},
    seeded_record{family::integration, "acme", "", "bedrock-us", "", "acme-prod,acme-staging", R"({
  "ai_provider_id": "bedrock", "name": "AWS Bedrock us-east-1", "status": "active",
  "description": "Claude, Nova and Titan through a cross-account role. The external id is agreed with the security team; the trust policy names only the gateway's own role.",
  "created_at": "2024-08-13T17:20:05.000Z", "last_updated_at": "2025-05-28T07:58:40.000Z", "key": "",
  "configurations": {"aws_auth_type": "assumedRole", "aws_region": "us-east-1",
    "aws_role_arn": "arn:aws:iam::123456789012:role/acme-gateway-bedrock", "aws_external_id": "acme-gateway-7d1f"},
  "global_workspace_access_settings": {"enabled": false, "usage_limits": null, "rate_limits": null},
  "allow_all_models": false,
  "secret_mappings": [{"target_field": "configurations.aws_role_arn", "secret_reference_id": "acme-bedrock-role", "secret_key": "role_arn", "value_format": "json"},
                      {"target_field": "configurations.aws_external_id", "secret_reference_id": "acme-bedrock-role", "secret_key": "external_id", "value_format": "json"}],
  "pricing_adjustments": {"multiplier": {"default": 0.8, "cache_read_input_token": 0.9, "cache_write_input_token": 0.9}},
  "models": [{"slug": "anthropic.claude-sonnet-4-20250514-v1:0", "enabled": true, "is_custom": false, "is_finetune": false},
             {"slug": "amazon.nova-pro-v1:0", "enabled": true, "is_custom": false, "is_finetune": false},
             {"slug": "amazon.titan-embed-text-v2:0", "enabled": false, "is_custom": false, "is_finetune": false}]})"},
    seeded_record{family::integration, "acme", "", "vertex-europe", "", "acme-prod", R"({
  "ai_provider_id": "vertex-ai", "name": "Vertex AI europe-west4", "status": "active",
  "description": "Gemini for search and summaries. Service account with aiplatform.user on one project, key rotated by the platform team every 90 days.",
  "created_at": "2025-02-11T13:05:37.000Z", "last_updated_at": "2025-06-30T16:22:18.000Z", "key": "",
  "configurations": {"vertex_auth_type": "serviceAccount", "vertex_region": "europe-west4", "vertex_project_id": "acme-ml-prod",
    "vertex_service_account_json": {"type": "service_account", "project_id": "acme-ml-prod", "private_key_id": "demo0000",
      "private_key": "planted-not-a-real-private-key", "client_email": "gateway@acme-ml-prod.iam.gserviceaccount.com", "client_id": "100000000000000000000"}},
  "global_workspace_access_settings": {"enabled": true, "usage_limits": [{"type": "tokens", "credit_limit": 250000000, "alert_threshold": 200000000, "periodic_reset_days": 14}], "rate_limits": [{"type": "tokens", "unit": "rpm", "value": 2000000}]},
  "allow_all_models": true, "secret_mappings": [],
  "pricing_adjustments": {"multiplier": {"request_audio_token": 0.7, "response_audio_token": 0.7, "request_image_token": 0.9}}})"},
    seeded_record{family::integration, "acme", "", "azure-foundry", "", "acme-prod", R"({
  "ai_provider_id": "azure-ai", "name": "Azure AI Foundry", "status": "active",
  "description": "Mistral, Llama and DeepSeek served by Foundry, reached with the gateway's managed identity. No key is stored for it anywhere.",
  "created_at": "2025-03-25T10:41:00.000Z", "last_updated_at": "2025-07-08T09:15:55.000Z", "key": "",
  "configurations": {"azure_foundry_url": "https://acme-foundry.services.ai.azure.com/models", "azure_auth_mode": "managed",
    "azure_api_version": "2024-05-01-preview", "azure_deployment_name": "mistral-large-2411", "azure_managed_client_id": "3b1b55f8-7d43-4a79-92e7-acme00000003"},
  "global_workspace_access_settings": null, "allow_all_models": true, "secret_mappings": [], "pricing_adjustments": null})"},
    seeded_record{family::integration, "acme", "", "workers-ai-edge", "", "acme-prod,acme-staging", R"({
  "ai_provider_id": "workers-ai", "name": "Workers AI at the edge", "status": "active",
  "description": "Small models next to the user: language detection, moderation, autocomplete.",
  "created_at": "2025-04-02T06:54:12.000Z", "last_updated_at": null, "key": "planted-not-a-real-workers-token-aa10",
  "configurations": {"workers_ai_account_id": "0d0c0b0a090807060504030201acme00"},
  "global_workspace_access_settings": {"enabled": true, "usage_limits": null, "rate_limits": [{"type": "requests", "unit": "rph", "value": 90000}]},
  "allow_all_models": true, "secret_mappings": [{"target_field": "key", "secret_reference_id": "6a1f0d55-9a0b-4c1c-8a52-acme00000004"}],
  "pricing_adjustments": null})"},
    seeded_record{family::integration, "acme", "", "sagemaker-embeddings", "", "acme-prod", R"({
  "ai_provider_id": "sagemaker", "name": "SageMaker embeddings", "status": "active",
  "description": "The in-house embedding model, two production variants behind one endpoint; the blue one takes all the traffic.",
  "created_at": "2024-12-09T14:00:31.000Z", "last_updated_at": "2025-05-05T12:12:12.000Z", "key": "",
  "configurations": {"aws_auth_type": "accessKey", "aws_region": "eu-central-1", "aws_access_key_id": "AKIADEMONOTAREALKEY0",
    "aws_secret_access_key": "planted-not-a-real-aws-secret-h3Zk", "aws_external_id": null,
    "amzn_sagemaker_custom_attributes": "tenant=acme", "amzn_sagemaker_target_model": "embed-v5.tar.gz", "amzn_sagemaker_target_variant": "blue",
    "amzn_sagemaker_target_container_hostname": "embedder", "amzn_sagemaker_inference_id": "acme-embeddings", "amzn_sagemaker_enable_explanations": "`false`",
    "amzn_sagemaker_inference_component": "embed-v5-ic", "amzn_sagemaker_session_id": "NEW_SESSION", "amzn_sagemaker_model_name": "acme-embed-v5"},
  "global_workspace_access_settings": null, "allow_all_models": true,
  "secret_mappings": [{"target_field": "configurations.aws_secret_access_key", "secret_reference_id": "acme-sagemaker", "secret_key": "secret", "value_format": "json"}],
  "pricing_adjustments": {"multiplier": {"default": 0}}})"},
    seeded_record{family::integration, "acme", "", "huggingface-inference", "", "acme-prod,acme-staging", R"({
  "ai_provider_id": "huggingface", "name": "Hugging Face endpoint", "status": "active",
  "description": "Dedicated inference endpoint for the reranker, scaled to zero at night; the first request in the morning is slow.",
  "created_at": "2025-05-19T19:33:08.000Z", "last_updated_at": "2025-05-19T19:40:00.000Z", "key": "hf_planted-not-a-real-token-Tt21",
  "configurations": {"huggingface_base_url": "https://reranker.eu-west-1.aws.endpoints.huggingface.cloud"},
  "global_workspace_access_settings": null, "allow_all_models": true, "secret_mappings": [], "pricing_adjustments": null})"},
    seeded_record{family::integration, "acme", "", "cortex-analytics", "", "acme-prod", R"({
  "ai_provider_id": "cortex", "name": "Snowflake Cortex", "status": "archived",
  "description": "Text-to-SQL over the warehouse, for the analytics team. Archived when the pilot ended in May; kept because old dashboards still name it.",
  "created_at": "2024-09-30T11:11:11.000Z", "last_updated_at": "2025-05-31T18:00:00.000Z", "key": "planted-not-a-real-cortex-token-5f5f",
  "configurations": {"snowflake_account": "ACMECORP-ANALYTICS"},
  "global_workspace_access_settings": {"enabled": false}, "allow_all_models": false, "secret_mappings": [],
  "pricing_adjustments": {"multiplier": {"default": 1.1}}})"},
    seeded_record{family::integration, "acme", "", "custom-host-vllm", "", "acme-prod,acme-staging", R"({
  "ai_provider_id": "ollama", "name": "vLLM in our own racks", "status": "active",
  "description": "Open-weight models on the machines in Frankfurt. Speaks the OpenAI protocol; the load balancer wants the tenant header and refuses a request without it.",
  "created_at": "2025-06-06T05:05:05.000Z", "last_updated_at": "2025-07-10T20:20:20.000Z", "key": "planted-not-a-real-vllm-key-0001",
  "configurations": {"custom_host": "https://vllm.internal.acme.example/v1",
    "custom_headers": {"x-tenant": "acme", "x-cost-centre": "4711", "x-route": "frankfurt-a"}},
  "global_workspace_access_settings": {"enabled": true, "usage_limits": [], "rate_limits": []},
  "allow_all_models": true, "secret_mappings": [],
  "pricing_adjustments": {"multiplier": {"default": 0.1, "additional_units": {"gpu_second": 1.5}}}})"},
    seeded_record{family::integration, "acme", "acme-prod", "sandbox", "", "", R"({
  "ai_provider_id": "openai", "name": "Sandbox of production", "description": "For on-call experiments; production's own.",
  "created_at": "2025-06-20T08:00:00.000Z", "last_updated_at": null, "key": "sk-planted-not-a-real-sandbox-key-p1",
  "configurations": {"openai_organization": "org-demoAcme01", "openai_project": "proj_demoSandboxProd"}})"},
    seeded_record{family::integration, "acme", "acme-staging", "sandbox", "", "", R"({
  "ai_provider_id": "huggingface", "name": "Sandbox of staging", "description": "For experiments; staging's own, nothing shared with production.",
  "created_at": "2025-06-21T08:00:00.000Z", "last_updated_at": null, "key": "hf_planted-not-a-real-token-s1",
  "configurations": {"huggingface_base_url": "https://sandbox.eu-west-1.aws.endpoints.huggingface.cloud"}})"},
    seeded_record{family::integration, "globex", "", "openai-prod", "", "globex-main", R"({
  "ai_provider_id": "openai", "name": "Globex OpenAI", "status": "active",
  "description": "Globex's own account: the same slug as Acme's, and nothing else in common.",
  "created_at": "2025-03-01T00:00:00.000Z", "last_updated_at": "2025-03-02T00:00:00.000Z", "key": "sk-planted-not-a-real-globex-key-gx9",
  "configurations": {"openai_organization": "org-demoGlobex", "openai_project": null},
  "global_workspace_access_settings": null, "allow_all_models": true, "secret_mappings": [], "pricing_adjustments": null})"},
    seeded_record{family::integration, "globex", "", "bedrock-us", "", "globex-main", R"({
  "ai_provider_id": "bedrock", "name": "Globex Bedrock", "status": "active", "description": "us-west-2, by access key.",
  "created_at": "2025-03-01T00:00:00.000Z", "last_updated_at": null, "key": "",
  "configurations": {"aws_auth_type": "accessKey", "aws_region": "us-west-2", "aws_access_key_id": "AKIADEMOGLOBEX000000", "aws_secret_access_key": "planted-not-a-real-aws-secret-g0Ge"},
  "global_workspace_access_settings": null, "allow_all_models": true, "secret_mappings": [], "pricing_adjustments": null})"},
};

}  // namespace

std::span<const seeded_record> seeded_integrations() { return integrations; }

}  // namespace sidecache::mock
