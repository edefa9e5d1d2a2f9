// What workers count on their threads is what a scrape shows.
#include "metrics/collector.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "unit/metrics/page.hpp"

namespace sidecache::metrics {
namespace {

using namespace std::chrono_literals;
using testing::Optional;

proxy::finished_request answered(outcome how, duration took, http::route route = http::route::integrations) {
  return {.report = {.outcome = how, .route = route}, .method = "GET", .target = "/", .status = 200, .took = took};
}

std::string series_of(std::string_view name, std::string_view outcome, std::string_view le) {
  return std::string(name) + R"(_bucket{plane="admin",route="integrations",outcome=")" + std::string(outcome) +
         R"(",le=")" + std::string(le) + R"("})";
}

TEST(collector, sums_over_the_workers_of_a_plane_and_keeps_planes_apart) {
  collector figures("1.2.3");
  auto& first = figures.add_worker("admin");
  auto& second = figures.add_worker("admin");
  auto& other_plane = figures.add_worker("data");

  first.finished(answered(outcome::hit, 10us));
  first.finished(answered(outcome::hit, 10us));
  second.finished(answered(outcome::hit, 10us));
  second.finished(answered(outcome::miss, 30ms, http::route::virtual_keys));
  other_plane.finished(answered(outcome::hit, 10us));

  const auto page = figures.text();
  EXPECT_THAT(value_of(page, R"(sidecache_requests_total{plane="admin",route="integrations",outcome="hit"})"),
              Optional(3));
  EXPECT_THAT(value_of(page, R"(sidecache_requests_total{plane="admin",route="virtual_keys",outcome="miss"})"),
              Optional(1));
  EXPECT_THAT(value_of(page, R"(sidecache_requests_total{plane="data",route="integrations",outcome="hit"})"),
              Optional(1));
}

TEST(collector, a_scrape_in_the_middle_of_the_work_never_goes_back_and_the_last_one_has_it_all) {
  constexpr int requests = 20'000;
  collector figures("1.2.3");
  const std::array<worker_counters*, 2> workers{&figures.add_worker("admin"), &figures.add_worker("admin")};
  const auto total = R"(sidecache_requests_total{plane="admin",route="integrations",outcome="hit"})";
  const auto histogram_total =
      R"(sidecache_request_duration_seconds_count{plane="admin",route="integrations",outcome="hit"})";
  std::atomic<int> running = 2;
  double seen = 0;
  {
    std::vector<std::jthread> threads;
    for (auto* worker : workers) {
      threads.emplace_back([worker, &running] {
        for (int i = 0; i < requests; ++i) worker->finished(answered(outcome::hit, 10us));
        --running;
      });
    }
    while (running != 0) {
      const auto now = value_of(figures.text(), total).value_or(-1);
      EXPECT_GE(now, seen);
      seen = now;
    }
  }
  const auto page = figures.text();
  EXPECT_THAT(value_of(page, total), Optional(2 * requests));
  EXPECT_THAT(value_of(page, histogram_total), Optional(2 * requests));
}

TEST(collector, a_duration_stands_in_its_bucket_and_in_all_above) {
  collector figures("1.2.3");
  auto& worker = figures.add_worker("admin");
  worker.finished(answered(outcome::hit, 25us));          // le is "less or equal"
  worker.finished(answered(outcome::hit, 25us + 1ns));    // just above
  worker.finished(answered(outcome::hit, 10s));           // the last bound
  worker.finished(answered(outcome::hit, 11s));           // above all of them
  worker.finished(answered(outcome::hit, duration{-5}));  // a clock that stepped back must not break the sum

  const auto page = figures.text();
  const auto name = "sidecache_request_duration_seconds";
  EXPECT_THAT(value_of(page, series_of(name, "hit", "2.5e-05")), Optional(2)) << page;
  EXPECT_THAT(value_of(page, series_of(name, "hit", "5e-05")), Optional(3)) << page;
  EXPECT_THAT(value_of(page, series_of(name, "hit", "5")), Optional(3));
  EXPECT_THAT(value_of(page, series_of(name, "hit", "10")), Optional(4));
  EXPECT_THAT(value_of(page, series_of(name, "hit", "+Inf")), Optional(5));
  EXPECT_THAT(value_of(page, std::string(name) + R"(_count{plane="admin",route="integrations",outcome="hit"})"),
              Optional(5));
  EXPECT_THAT(value_of(page, std::string(name) + R"(_sum{plane="admin",route="integrations",outcome="hit"})"),
              Optional(testing::DoubleNear(21.00005, 1e-6)));
}

TEST(collector, every_bound_of_the_histogram_holds_its_own_value) {
  for (std::size_t i = 0; i < duration_bounds_ns.size(); ++i) {
    duration_histogram durations;
    durations.observe(duration{duration_bounds_ns[i]});
    durations.observe(duration{duration_bounds_ns[i] + 1});
    EXPECT_EQ(durations.bucket(i), 1) << duration_bounds_ns[i];
    EXPECT_EQ(durations.bucket(i + 1), 1) << duration_bounds_ns[i];
  }
}

TEST(collector, attempts_upstream_are_told_apart_by_status_or_by_failure) {
  collector figures("1.2.3");
  auto& worker = figures.add_worker("admin");
  const auto failed = [](proxy::failure_kind kind) {
    return proxy::finished_attempt{.route = http::route::providers, .status = 0, .failure = kind, .took = 1ms};
  };
  worker.finished(proxy::finished_attempt{.route = http::route::providers, .status = 503, .took = 1ms});
  worker.finished(failed(proxy::failure_kind::timeout));
  worker.finished(failed(proxy::failure_kind::connect));
  worker.finished(failed(proxy::failure_kind::connect));
  worker.finished(failed(proxy::failure_kind::reset));
  worker.finished(failed(proxy::failure_kind::tls));
  worker.finished(failed(proxy::failure_kind::proxy));
  worker.finished(failed(proxy::failure_kind::protocol));
  worker.finished(failed(proxy::failure_kind::too_large));
  worker.finished(proxy::finished_attempt{.route = http::route::providers, .status = 999, .took = 1ms});

  const auto page = figures.text();
  const auto count = [&](const std::string& code) {
    return value_of(page,
                    R"(sidecache_upstream_requests_total{plane="admin",route="providers",code=")" + code + R"("})");
  };
  EXPECT_THAT(count("503"), Optional(1));
  EXPECT_THAT(count("timeout"), Optional(1));
  EXPECT_THAT(count("connect"), Optional(2));
  EXPECT_THAT(count("reset"), Optional(1));
  EXPECT_THAT(count("tls"), Optional(1));
  EXPECT_THAT(count("proxy"), Optional(1));
  EXPECT_THAT(count("protocol"), Optional(3)) << "a body over its limit and a status that is none are protocol too";
  EXPECT_THAT(value_of(page, R"(sidecache_upstream_request_duration_seconds_count{plane="admin",route="providers"})"),
              Optional(10));
}

TEST(collector, the_first_page_has_zeros_for_what_rates_are_made_of_and_no_histogram) {
  collector figures("1.2.3");
  figures.add_worker("admin");
  const auto page = figures.text();
  for (const auto outcome : outcome_names) {
    EXPECT_THAT(value_of(page, R"(sidecache_requests_total{plane="admin",route="other",outcome=")" +
                                   std::string(outcome) + R"("})"),
                Optional(0));
  }
  EXPECT_THAT(value_of(page, R"(sidecache_upstream_requests_total{plane="admin",route="other",code="200"})"),
              Optional(0));
  EXPECT_THAT(value_of(page, R"(sidecache_upstream_requests_total{plane="admin",route="other",code="connect"})"),
              Optional(0));
  EXPECT_EQ(page.find("_bucket"), std::string::npos);
  EXPECT_LT(page.size(), 16 * 1024U);
}

TEST(collector, connections_and_unknown_fields_are_shown_by_state_and_kind) {
  collector figures("1.2.3");
  auto& worker = figures.add_worker("admin");
  worker.client_connections(+1);
  worker.client_connections(+1);
  worker.client_connections(-1);
  worker.upstream_connections(proxy::connection_state::connecting, +1);
  worker.upstream_connections(proxy::connection_state::connecting, -1);
  worker.upstream_connections(proxy::connection_state::active, +1);
  worker.unknown_in_record(records::kind::virtual_key, 2, 3);

  const auto page = figures.text();
  EXPECT_THAT(value_of(page, R"(sidecache_client_connections{plane="admin"})"), Optional(1));
  EXPECT_THAT(value_of(page, R"(sidecache_upstream_connections{plane="admin",state="connecting"})"), Optional(0));
  EXPECT_THAT(value_of(page, R"(sidecache_upstream_connections{plane="admin",state="active"})"), Optional(1));
  EXPECT_THAT(value_of(page, R"(sidecache_record_unknown_fields_total{plane="admin",kind="virtual-key"})"),
              Optional(2));
  EXPECT_THAT(value_of(page, R"(sidecache_record_unknown_values_total{plane="admin",kind="virtual-key"})"),
              Optional(3));
}

TEST(collector, equal_series_of_several_sources_are_added_up) {
  collector figures("1.2.3");
  for (int shard = 1; shard <= 3; ++shard) {
    figures.add_source([shard](std::vector<reading>& to) {
      to.push_back({metric::cache_bytes, {"admin"}, 100.0 * shard});
      to.push_back({metric::cache_evictions, {"admin", "size"}, 1});
    });
  }
  const auto page = figures.text();
  EXPECT_THAT(value_of(page, R"(sidecache_cache_bytes{plane="admin"})"), Optional(600));
  EXPECT_THAT(value_of(page, R"(sidecache_cache_evictions_total{plane="admin",reason="size"})"), Optional(3));
}

TEST(collector, workers_share_no_cache_line) {
  EXPECT_EQ(alignof(worker_counters), 64U);
  EXPECT_EQ(sizeof(worker_counters) % 64, 0U);
}

}  // namespace
}  // namespace sidecache::metrics
