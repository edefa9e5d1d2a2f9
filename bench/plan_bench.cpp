#include <benchmark/benchmark.h>

#include "proxy/plan.hpp"
#include "requests.hpp"

namespace {

void parse_head(benchmark::State& state) {
  sidecache::http::request_head head;
  for (auto _ : state)
    benchmark::DoNotOptimize(sidecache::http::parse_request_head(sidecache::bench::sdk_request, {}, head));
}
BENCHMARK(parse_head);

void plan(benchmark::State& state) {
  const auto request = sidecache::bench::parsed_sdk_request();
  const sidecache::proxy::settings settings;
  for (auto _ : state) benchmark::DoNotOptimize(sidecache::proxy::plan_request(request, settings.prefixes));
}
BENCHMARK(plan);

}  // namespace
