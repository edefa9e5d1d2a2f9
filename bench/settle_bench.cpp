// What a miss does beyond passing bytes on, by itself: a record is judged, made an entry of, and stored.
#include <benchmark/benchmark.h>

#include <optional>
#include <string>
#include <vector>

#include "proxy/core.hpp"
#include "requests.hpp"

namespace {

namespace proxy = sidecache::proxy;

constexpr std::size_t record_bytes = 1500;
constexpr std::size_t batch = 500;  // what waits to be settled at a time

void settle(benchmark::State& state) {
  const sidecache::system_clock clock;
  proxy::core core({}, clock, sidecache::process_keys::random());
  proxy::upstream_answer answer;
  answer.head.status = 200;
  answer.head.fields.add("Content-Type", "application/json; charset=utf-8");
  answer.head.fields.add("Date", "Sat, 21 Nov 2026 21:00:00 GMT");
  answer.head.fields.add("ETag", "\"6b1e\"");
  answer.head.fields.add("Cache-Control", "max-age=3600");
  answer.body = sidecache::bench::integration_record(record_bytes);
  const std::expected<proxy::upstream_answer, proxy::failure> came = answer;

  struct waiting {
    proxy::lookup of;
    std::optional<proxy::record_flights::permit> permit;
  };
  auto request = sidecache::bench::parsed_sdk_request();
  proxy::last_partition partition;
  std::size_t asked = 0;
  while (state.KeepRunningBatch(batch)) {
    state.PauseTiming();
    std::vector<waiting> all(batch);
    for (auto& each : all) {
      request.target = "/v1/integrations/slug-" + std::to_string(++asked);
      core.describe(request, proxy::plan_request(request, core.config().prefixes), partition, each.of);
      each.permit.emplace(std::move(core.board(each.of).permit.value()));
    }
    const sidecache::instant sent = clock.now();
    state.ResumeTiming();
    for (auto& each : all) each.permit->land(core.settle({each.permit->of(), each.of, nullptr, sent}, came));
  }
  core.close();
}
BENCHMARK(settle)->Unit(benchmark::kMicrosecond);

}  // namespace
