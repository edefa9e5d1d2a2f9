// The requests that benchmarks are run with: what the Node SDK really sends.
#pragma once

#include <string>
#include <string_view>

#include "http/head_parser.hpp"
#include "http/message.hpp"

namespace sidecache::bench {

constexpr std::string_view sdk_request =
    "GET /v1/integrations/openai-prod HTTP/1.1\r\n"
    "Content-Type: application/json\r\n"
    "x-portkey-api-key: 2xJ0f8m3qK7yVb1nTzR5cWd9\r\n"
    "x-portkey-package-version: portkey-3.1.0\r\n"
    "x-portkey-runtime: node\r\n"
    "x-portkey-runtime-version: v20.20.2\r\n"
    "x-portkey-arch: x64\r\n"
    "x-portkey-os: Linux\r\n"
    "Accept: */*\r\n"
    "User-Agent: node-fetch/1.0 (+https://github.com/bitinn/node-fetch)\r\n"
    "Accept-Encoding: gzip, deflate\r\n"
    "Connection: keep-alive\r\n"
    "Host: 127.0.0.1:9400\r\n"
    "\r\n";

/// A record of `bytes` bytes, as the control plane gives them: small fields and a long description.
inline std::string integration_record(std::size_t bytes) {
  std::string record =
      R"({"id":"fec20d8f-0d4f-4351-86d6-7622986fdfe6","organisation_id":"a4fe43c4-fcfe-493d-87dc-7945c8974306",)"
      R"("ai_provider_id":"openai","name":"OpenAI production","status":"active","created_at":"2024-11-04T09:12:44.000Z",)"
      R"("last_updated_at":"2025-06-17T15:03:21.000Z","slug":"openai-prod","object":"integration","masked_key":"sk-***p1",)"
      R"("configurations":{"openai_organization":"org-1","openai_project":"proj-1"},"allow_all_models":true,)"
      R"("global_workspace_access_settings":{"enabled":true,"usage_limits":[{"credit_limit":10,"periodic_reset":"monthly",)"
      R"("alert_threshold":8}],"rate_limits":[{"type":"requests","unit":"rpm","value":600}]},"workspace_count":12,)"
      R"("pricing_adjustments":{"multiplier":{"default":0.8,"cache_read_input_token":0.9}},"description":")";
  const std::size_t tail = 2;
  if (record.size() + tail < bytes) record.append(bytes - record.size() - tail, 'd');
  return record + "\"}";
}

inline http::request_head parsed_sdk_request() {
  http::request_head head;
  if (!http::parse_request_head(sdk_request, {}, head)) throw std::logic_error("the SDK's request does not parse");
  return head;
}

}  // namespace sidecache::bench
