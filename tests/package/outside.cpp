// Somebody else's program: reads a price list's multipliers from an integration, and keeps records in a cache of its
// own. Ends with 0 if the library does what its headers promise.
#include <sidecache/parse.hpp>
#include <sidecache/proxy.hpp>
#include <sidecache/ttl_lru_cache.hpp>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

namespace {

constexpr std::string_view answer = R"({"success": true, "data": {
  "object": "integration", "slug": "openai-prod", "ai_provider_id": "openai", "status": "active",
  "configurations": {"openai_organization": "org-1"},
  "pricing_adjustments": {"multiplier": {"default": 0.9, "request_token": 0.8, "response_token": null}}}})";

void expect(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "not so: %s\n", what);
  std::exit(1);
}

void reads_a_record() {
  using namespace sidecache::records;
  const auto parsed = parse_integration(answer);
  expect(parsed.has_value(), "the answer is an integration");
  expect(parsed->slug == "openai-prod", "its slug");
  expect(parsed->pricing_adjustments.has_value(), "it adjusts prices");
  expect(parsed->pricing_adjustments->effective_multiplier(price_kind::request_token) == 0.8,
         "a multiplier of its own");
  expect(parsed->pricing_adjustments->effective_multiplier(price_kind::response_token) == 0.9, "an inherited one");
  expect(parse_provider(answer).error() == parse_error::other_object, "an integration is no provider");
}

void keeps_records() {
  using namespace std::chrono_literals;
  sidecache::ttl_lru_cache<std::string> cache(1 << 20);
  const auto now = std::chrono::steady_clock::now();
  const sidecache::cache_terms terms{.cost = answer.size(), .until = now + 30s, .tags = {}};
  expect(cache.insert("key", std::make_shared<const std::string>(answer), terms, now), "it is stored");
  expect(static_cast<bool>(cache.find("key", now + 29s)), "it is found while it is fresh");
  expect(!cache.find("key", now + 30s), "and not after");
}

void runs_a_proxy() {
  sidecache::embedded_proxy proxy({{"listen", "127.0.0.1:0"},
                                   {"metrics.listen", "127.0.0.1:0"},
                                   {"admin.listen", "127.0.0.1:0"},
                                   {"upstream.url", "http://127.0.0.1:9"}});
  proxy.start();
  expect(proxy.port() != 0 && proxy.metrics_port() != 0, "it says where it listens");
  proxy.stop();
  try {
    const sidecache::embedded_proxy wrong({{"cache.tll", "1s"}});
    expect(false, "a setting that does not exist is refused");
  } catch (const std::invalid_argument& error) {
    expect(std::string_view(error.what()).find("cache.ttl") != std::string_view::npos, "with the closest name");
  }
}

}  // namespace

int main() {
  reads_a_record();
  keeps_records();
  runs_a_proxy();
}
