#include <benchmark/benchmark.h>

#include "base/digest.hpp"
#include "http/header_rules.hpp"
#include "proxy/core.hpp"
#include "requests.hpp"

namespace {

void credential_digest(benchmark::State& state) {
  const auto keys = sidecache::process_keys::random();
  const auto request = sidecache::bench::parsed_sdk_request();
  const auto credential = sidecache::http::credential_of(request.fields);
  for (auto _ : state)
    benchmark::DoNotOptimize(
        sidecache::keyed_digest(keys.credential_key, {credential.authorization, credential.api_key}));
}
BENCHMARK(credential_digest);

void key_of_a_lookup(benchmark::State& state) {
  const sidecache::system_clock clock;
  const sidecache::proxy::core core({}, clock, sidecache::process_keys::random());
  const auto request = sidecache::bench::parsed_sdk_request();
  const auto plan = sidecache::proxy::plan_request(request, core.config().prefixes);
  sidecache::proxy::lookup of;
  sidecache::proxy::last_partition last;
  for (auto _ : state) {
    core.describe(request, plan, last, of);
    benchmark::DoNotOptimize(of);
  }
}
BENCHMARK(key_of_a_lookup);

void siphash_of_a_key(benchmark::State& state) {
  const std::string key(64, 'k');
  for (auto _ : state) benchmark::DoNotOptimize(sidecache::siphash({1, 2}, key));
}
BENCHMARK(siphash_of_a_key);

}  // namespace
