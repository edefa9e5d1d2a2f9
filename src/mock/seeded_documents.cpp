// What only gateways ask for: configs, prompts, partials and guardrails. The same slugs in each workspace, other
// records.
#include "mock/seed.hpp"

namespace sidecache::mock {
namespace {

constexpr std::array documents{
    seeded_record{family::config, "acme", "acme-prod", "pc-router", "", "", R"({
  "name": "Router of production", "is_default": 1, "format": "json", "type": "ORG_CONFIG",
  "created_at": "2025-02-03T08:00:00.000Z", "last_updated_at": "2025-06-30T14:10:00.000Z",
  "config": {"strategy": {"mode": "fallback", "on_status_codes": [429, 503]}, "cache": {"mode": "simple", "max_age": 3600},
    "retry": {"attempts": 3}, "targets": [{"virtual_key": "openai-vk"}, {"virtual_key": "azure-vk"}], "input_guardrails": ["pg-pii"]}})"},
    seeded_record{family::config, "acme", "acme-prod", "pc-batch", "", "", R"({
  "name": "Nightly batch", "is_default": 0, "format": "json", "type": "ORG_CONFIG",
  "created_at": "2025-02-10T08:00:00.000Z", "last_updated_at": "2025-02-10T08:00:00.000Z",
  "config": {"virtual_key": "bedrock-vk", "request_timeout": 60000}})"},
    seeded_record{family::config, "acme", "acme-staging", "pc-router", "", "", R"({
  "name": "Router of staging", "is_default": 1, "format": "json", "type": "ORG_CONFIG",
  "created_at": "2025-02-03T08:05:00.000Z", "last_updated_at": "2025-02-03T08:05:00.000Z",
  "config": {"virtual_key": "openai-vk", "override_params": {"model": "gpt-4.1-mini"}}})"},
    seeded_record{family::config, "globex", "globex-main", "pc-router", "", "", R"({
  "name": "Globex", "is_default": 1, "format": "json", "type": "ORG_CONFIG",
  "created_at": "2025-03-03T02:00:00.000Z", "last_updated_at": "2025-03-03T02:00:00.000Z", "config": {"virtual_key": "openai-vk"}})"},
    seeded_record{family::prompt, "acme", "acme-prod", "pp-support-reply", "", "", R"({
  "name": "Reply to a ticket", "provider_key_slug": "openai-vk", "model": "gpt-4.1", "prompt_version": 7, "prompt_version_status": "active",
  "template": {"messages": [{"role": "system", "content": "{{> pl-tone}} Answer as the support desk of Acme."}, {"role": "user", "content": "{{ticket}}"}]},
  "parameters": {"temperature": 0.3, "max_tokens": 800}, "functions": null, "template_metadata": {"endpoint": "chatComplete"},
  "created_at": "2025-04-14T09:00:00.000Z", "last_updated_at": "2025-07-01T12:00:00.000Z"})"},
    seeded_record{family::prompt, "acme", "acme-staging", "pp-support-reply", "", "", R"({
  "name": "Reply to a ticket, next", "provider_key_slug": "openai-vk", "model": "gpt-4.1-mini", "prompt_version": 8, "prompt_version_status": "active",
  "template": {"messages": [{"role": "user", "content": "{{> pl-tone}} {{ticket}}"}]}, "parameters": {"temperature": 0.1},
  "template_metadata": {"endpoint": "chatComplete"}, "created_at": "2025-04-14T09:00:00.000Z", "last_updated_at": "2025-07-11T12:00:00.000Z"})"},
    seeded_record{family::prompt_partial, "acme", "acme-prod", "pl-tone", "", "", R"({
  "name": "Tone of voice", "string": "Be brief, be kind, promise nothing.", "version": 3, "version_status": "active",
  "created_at": "2025-04-14T08:00:00.000Z", "last_updated_at": "2025-05-02T08:00:00.000Z"})"},
    seeded_record{family::prompt_partial, "acme", "acme-staging", "pl-tone", "", "", R"({
  "name": "Tone of voice, next", "string": "Be brief.", "version": 4, "version_status": "active",
  "created_at": "2025-04-14T08:00:00.000Z", "last_updated_at": "2025-07-11T08:00:00.000Z"})"},
    seeded_record{family::guardrail, "acme", "acme-prod", "pg-pii", "", "", R"({
  "name": "Personal data", "checks": [{"id": "default.regexMatch", "is_enabled": true, "parameters": {"rule": "[0-9]{16}", "not": true}},
    {"id": "portkey.pii", "is_enabled": true, "parameters": {"categories": ["EMAIL_ADDRESS", "PHONE_NUMBER"]}}],
  "actions": {"deny": true, "async": false, "on_success": {"feedback": {"value": 5}}, "on_fail": {"feedback": {"value": -5}}},
  "created_at": "2025-03-19T08:00:00.000Z", "last_updated_at": "2025-06-02T08:00:00.000Z"})"},
    seeded_record{family::guardrail, "acme", "acme-staging", "pg-pii", "", "", R"({
  "name": "Personal data, logged only", "checks": [{"id": "portkey.pii", "is_enabled": true, "parameters": {"categories": ["EMAIL_ADDRESS"]}}],
  "actions": {"deny": false, "async": true}, "created_at": "2025-03-19T08:00:00.000Z", "last_updated_at": "2025-03-19T08:00:00.000Z"})"},
    seeded_record{family::guardrail, "acme", "", "pg-everywhere", "", "", R"({
  "name": "Required of every workspace", "checks": [{"id": "default.contains", "is_enabled": true, "parameters": {"words": ["ACME-SECRET"], "operator": "none"}}],
  "actions": {"deny": true, "async": false}, "created_at": "2025-01-07T08:00:00.000Z", "last_updated_at": "2025-01-07T08:00:00.000Z"})"},
};

}  // namespace

std::span<const seeded_record> seeded_documents() { return documents; }

}  // namespace sidecache::mock
