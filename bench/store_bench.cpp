#include <benchmark/benchmark.h>

#include <random>

#include "base/siphash.hpp"
#include "sidecache/ttl_lru_cache.hpp"

namespace {

struct keyed {
  std::size_t operator()(std::string_view text) const { return sidecache::siphash({1, 2}, text); }
};
using store = sidecache::ttl_lru_cache<std::string, keyed>;
using namespace std::chrono_literals;

std::vector<std::string> keys(std::size_t n) {
  std::vector<std::string> made;
  for (std::size_t i = 0; i < n; ++i) made.push_back("0123456789abcdef/v1/integrations/slug-" + std::to_string(i));
  return made;
}

/// A hit among so many records, in random order.
void find(benchmark::State& state) {
  const auto all = keys(static_cast<std::size_t>(state.range(0)));
  store cache(std::size_t{4} << 30U);
  const auto value = std::make_shared<const std::string>("v");
  const store::time_point now{1h};
  for (const auto& key : all) cache.insert(key, value, {.cost = 1500, .tags = {}}, now);
  std::minstd_rand random(1);
  for (auto _ : state) benchmark::DoNotOptimize(cache.find(all[random() % all.size()], now));
}
BENCHMARK(find)->Arg(1'000)->Arg(100'000);

/// A fill of a full store, evicting as it goes: what is evicted shares two of its six tags with everything.
void insert(benchmark::State& state) {
  const auto kept = static_cast<std::size_t>(state.range(0));
  const auto all = keys(2 * kept);
  store cache(kept * 2200);
  const auto value = std::make_shared<const std::string>("v");
  const store::time_point now{1h};
  std::array<sidecache::cache_tag, 6> tags{1, 2};
  std::size_t i = 0;
  const auto fill = [&] {
    for (std::size_t t = 2; t < tags.size(); ++t) tags.at(t) = ++i * 0x9E3779B97F4A7C15ULL;
    return cache.insert(all[i % all.size()], value, {.cost = 1500, .tags = tags}, now);
  };
  for (std::size_t n = 0; n < 2 * kept; ++n) fill();
  for (auto _ : state) benchmark::DoNotOptimize(fill());
}
BENCHMARK(insert)->Arg(1'000)->Arg(100'000);

}  // namespace
