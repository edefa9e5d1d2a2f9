// How fast records are read, beside what simdjson's on-demand front end takes for the same text.
//
// facts and typed prove that the whole text is JSON and compare every name with its schema, so the fair neighbour is
// on_demand_whole, which visits every value and looks nothing up. on_demand_few reads the fields that facts keeps,
// skips the rest unchecked, and marks what a reader could reach that took the text's validity on trust.
#include <benchmark/benchmark.h>
#include <simdjson.h>

#include <string_view>

#include "records/facts.hpp"

namespace {

namespace records = sidecache::records;
namespace ondemand = simdjson::ondemand;

// 1.4 KB, as a live control plane sends it: padded for on-demand, which the readers of records don't need.
const simdjson::padded_string body(std::string_view(
    R"({"id":"3c90c3cc-0d44-4b50-8888-8dd25736052a","organisation_id":"9d1e1c5a-1c7e-4f53-9a38-0a4b6e5dd001",)"
    R"("ai_provider_id":"azure-openai","name":"Azure OpenAI production west europe","status":"active",)"
    R"("created_at":"2025-03-07T05:31:56.000Z","last_updated_at":"2025-09-12T11:02:44.000Z",)"
    R"("slug":"azure-openai-prod-weu","description":"Shared Azure OpenAI resource of the platform team",)"
    R"("object":"integration","masked_key":"ab*****************89","type":"organisation","workspace_id":null,)"
    R"("configurations":{"azure_auth_mode":"default","azure_resource_name":"platform-weu",)"
    R"("azure_deployment_config":[{"alias":"gpt4o","azure_api_version":"2024-10-21",)"
    R"("azure_deployment_name":"gpt-4o","is_default":true,"azure_model_slug":"gpt-4o"},)"
    R"({"azure_api_version":"2024-10-21","azure_deployment_name":"gpt-4o-mini","is_default":false,)"
    R"("azure_model_slug":"gpt-4o-mini"}]},"global_workspace_access_settings":{"enabled":true,)"
    R"("usage_limits":[{"credit_limit":1000,"type":"cost","alert_threshold":800,"periodic_reset":"monthly",)"
    R"("next_usage_reset_at":"2025-12-01T00:00:00.000Z"}],"rate_limits":[{"type":"requests","unit":"rpm",)"
    R"("value":600}]},"allow_all_models":true,"workspace_count":14,"secret_mappings":[{"target_field":"key",)"
    R"("secret_reference_id":"azure-openai-key","secret_key":null,"value_format":"string"}],)"
    R"("pricing_adjustments":{"multiplier":{"default":0.85,"request_token":0.8,"response_token":0.9,)"
    R"("cache_read_input_token":null,"image":null}}})"));

void count_bytes(benchmark::State& state) {
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations()) * static_cast<std::int64_t>(body.size()));
}

void facts(benchmark::State& state) {
  for (auto _ : state) {
    const auto read = records::extract_facts(records::kind::integration, body);
    if (!read) state.SkipWithError("no record");
    benchmark::DoNotOptimize(read->slug.data());
  }
  count_bytes(state);
}
BENCHMARK(facts);

void typed(benchmark::State& state) {
  for (auto _ : state) {
    const auto read = records::parse_integration(body);
    if (!read) state.SkipWithError("no record");
    benchmark::DoNotOptimize(read->slug.data());
  }
  count_bytes(state);
}
BENCHMARK(typed);

/// The sum of all lengths, so that nothing can be left out; 0 on an error.
std::size_t visit(ondemand::value value) {
  ondemand::json_type type{};
  if (value.type().get(type) != simdjson::SUCCESS) return 0;
  std::size_t sum = 0;
  if (type == ondemand::json_type::object) {
    for (auto member : value.get_object()) {
      std::string_view name;
      if (member.unescaped_key().get(name) != simdjson::SUCCESS) return 0;
      sum += name.size() + visit(member.value());
    }
  } else if (type == ondemand::json_type::array) {
    for (auto element : value.get_array()) sum += visit(element.value());
  } else {
    const std::string_view token = value.raw_json_token();
    double number = 0;
    bool flag = false;
    std::string_view text;
    if (type == ondemand::json_type::number) (void)value.get_double().get(number);
    if (type == ondemand::json_type::boolean) (void)value.get_bool().get(flag);
    if (type == ondemand::json_type::string) (void)value.get_string().get(text);
    sum += token.size() + text.size() + static_cast<std::size_t>(flag) + static_cast<std::size_t>(number);
  }
  return sum;
}

void on_demand_whole(benchmark::State& state) {
  ondemand::parser parser;
  for (auto _ : state) {
    ondemand::document document;
    ondemand::value root;
    if (parser.iterate(body).get(document) != simdjson::SUCCESS ||
        document.get_value().get(root) != simdjson::SUCCESS) {
      state.SkipWithError("not read");
    }
    benchmark::DoNotOptimize(visit(root));
  }
  count_bytes(state);
}
BENCHMARK(on_demand_whole);

void on_demand_few(benchmark::State& state) {
  ondemand::parser parser;
  for (auto _ : state) {
    ondemand::document document;
    std::string_view text;
    std::size_t sum = 0;
    if (parser.iterate(body).get(document) != simdjson::SUCCESS) state.SkipWithError("not read");
    for (const char* name : {"id", "status", "slug", "object"}) {
      if (document[name].get(text) == simdjson::SUCCESS) sum += text.size();
    }
    ondemand::array limits;
    if (document["global_workspace_access_settings"]["usage_limits"].get(limits) == simdjson::SUCCESS) {
      for (auto each : limits) {
        if (each["next_usage_reset_at"].get(text) == simdjson::SUCCESS) sum += text.size();
      }
    }
    benchmark::DoNotOptimize(sum);
  }
  count_bytes(state);
}
BENCHMARK(on_demand_few);

}  // namespace
