// Every metric that can appear on the page is in the catalogue, and everything in the catalogue can appear.
#include "metrics/catalogue.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <set>
#include <string>

#include "metrics/collector.hpp"

namespace sidecache::metrics {
namespace {

/// What the composition root adds: a source for each metric that no worker counts.
void add_other_figures(std::vector<reading>& to) {
  to.push_back({metric::cache_entries, {"admin", "integrations"}, 3});
  to.push_back({metric::cache_bytes, {"admin"}, 4096});
  to.push_back({metric::cache_max_bytes, {"admin"}, 65536});
  to.push_back({metric::coverage_keys, {"admin", "covered"}, 1});
  to.push_back({metric::coverage_seconds, {"admin"}, 3600});
  to.push_back({metric::drill_active, {"admin"}, 0});
  to.push_back({metric::cache_evictions, {"admin", "size"}, 1});
  to.push_back({metric::mode, {"admin", "shadow"}, 1});
  to.push_back({metric::shadow_lookups, {"admin", "integrations", "agreed"}, 1});
  to.push_back({metric::shadow_spared, {"admin", "integrations"}, 1});
  to.push_back({metric::shadow_spared_bytes, {"admin", "integrations"}, 900});
  to.push_back({metric::shadow_waited, {"admin", "integrations"}, 0.04});
  to.push_back({metric::invalidations, {"admin", "write"}, 2});
  to.push_back({metric::syncs, {"data", "read"}, 1});
  to.push_back({metric::sync_peer_requests, {"data", "answered"}, 1});
  to.push_back({metric::stale_served_records, {"data"}, 1});
  to.push_back({metric::stale_served_healed, {"data"}, 1});
  to.push_back({metric::stale_served_forgotten, {"data"}, 0});
  to.push_back({metric::connections_refused, {"admin", "connections"}, 5});
  to.push_back({metric::buffered_bytes, {"admin"}, 4096});
  to.push_back({metric::client_buffer_full, {"admin"}, 1});
  to.push_back({metric::upstream_retries, {"admin", "retried"}, 1});
  to.push_back({metric::breaker_state, {"admin", "cp:443"}, 2});
  to.push_back({metric::breaker_changes, {"admin", "cp:443", "open"}, 1});
  to.push_back({metric::upstream_queue_waiting, {"admin"}, 1});
  to.push_back({metric::upstream_concurrency_limit, {"admin"}, 64});
  to.push_back({metric::upstream_shed, {"admin", "refresh"}, 1});
  to.push_back({metric::upstream_recovery, {"admin"}, 0});
  to.push_back({metric::tls_handshakes, {"ok"}, 1});
  to.push_back({metric::tls_reloads, {"taken"}, 1});
  to.push_back({metric::tls_certificate_expiry, {}, 1e9});
  to.push_back({metric::log_dropped, {}, 0});
  to.push_back({metric::audit_left_out, {}, 0});
  to.push_back({metric::config_reloads, {"applied"}, 1});
  to.push_back({metric::config_last_reload_successful, {}, 1});
  to.push_back({metric::config_last_reload_success, {}, 1e9});
}

TEST(catalogue, every_metric_appears_once_something_of_each_happened_and_nothing_else_does) {
  collector figures("1.2.3");
  auto& worker = figures.add_worker("admin");
  proxy::finished_request stale;
  stale.report.stale_age = std::chrono::hours(1);
  worker.finished(stale);
  worker.finished(proxy::finished_attempt{.status = 200});
  figures.add_source(add_other_figures);

  std::set<std::string> on_page;
  for (const auto& family : figures.Collect()) on_page.insert(family.name);
  std::set<std::string> in_catalogue;
  for (const auto& described : catalogue()) in_catalogue.insert(std::string(described.name));

  EXPECT_EQ(on_page, in_catalogue);
}

TEST(catalogue, every_series_has_the_labels_that_the_catalogue_names) {
  collector figures("1.2.3");
  auto& worker = figures.add_worker("admin");
  worker.finished(proxy::finished_request{});
  worker.finished(proxy::finished_attempt{.status = 200});
  figures.add_source(add_other_figures);

  for (const auto& family : figures.Collect()) {
    const auto described = std::ranges::find(catalogue(), family.name, &description::name);
    ASSERT_NE(described, catalogue().end()) << family.name;
    for (const auto& series : family.metric) {
      std::vector<std::string> names;
      for (const auto& label : series.label) names.push_back(label.name);
      const auto expected = described->labels();
      EXPECT_EQ(names, std::vector<std::string>(expected.begin(), expected.end())) << family.name;
    }
  }
}

TEST(catalogue, a_source_with_the_wrong_labels_is_a_bug_and_said_so) {
  collector figures("1.2.3");
  figures.add_source([](std::vector<reading>& to) { to.push_back({metric::cache_bytes, {}, 1}); });
  EXPECT_THROW((void)figures.Collect(), std::logic_error);

  collector others("1.2.3");
  others.add_source(
      [](std::vector<reading>& to) { to.push_back({metric::request_duration, {"admin", "integrations", "hit"}, 1}); });
  EXPECT_THROW((void)others.Collect(), std::logic_error);
}

TEST(catalogue, names_follow_the_conventions_of_their_types) {
  for (const auto& one : catalogue()) {
    EXPECT_TRUE(one.name.starts_with("sidecache_") || one.name.starts_with("process_")) << one.name;
    EXPECT_EQ(one.name.ends_with("_total"), one.type == metric_type::counter) << one.name;
    EXPECT_EQ(one.name.ends_with("_seconds") && one.type != metric_type::gauge, one.type == metric_type::histogram);
    EXPECT_TRUE(one.help.ends_with('.')) << one.name;
    EXPECT_EQ(one.help.find('|'), std::string_view::npos) << "breaks the Markdown table: " << one.name;
  }
}

TEST(catalogue, request_metrics_say_on_which_plane) {
  for (const auto& one : catalogue()) {
    const bool of_the_process = one.name.starts_with("process_") || one.name.starts_with("sidecache_tls_") ||
                                one.name.starts_with("sidecache_config_") || one.id == metric::build_info ||
                                one.id == metric::log_dropped || one.id == metric::audit_left_out;
    const auto labels = one.labels();
    EXPECT_EQ(!labels.empty() && labels.front() == "plane", !of_the_process) << one.name;
  }
}

TEST(catalogue, the_markdown_table_has_a_row_for_each) {
  const std::string table = catalogue_markdown();
  EXPECT_EQ(static_cast<std::size_t>(std::ranges::count(table, '\n')), metric_count + 2);
  EXPECT_NE(table.find("| `sidecache_requests_total` | counter | `plane`, `route`, `outcome` | "), std::string::npos);
  for (const auto& one : catalogue()) EXPECT_NE(table.find("| `" + std::string(one.name) + "` |"), std::string::npos);
}

TEST(catalogue, buckets_rise_from_25_microseconds_to_10_seconds) {
  EXPECT_EQ(duration_bounds_ns.front(), 25'000);
  EXPECT_EQ(duration_bounds_ns.back(), 10'000'000'000);
  EXPECT_TRUE(std::ranges::is_sorted(duration_bounds_ns, std::less_equal<>{}));
}

}  // namespace
}  // namespace sidecache::metrics
