// Every metric that sidecache has, in one table: name, type, labels and help. What is not here cannot be exposed, and
// README's list is made from it, so a dashboard built on either fits the page that /metrics serves.
//
// Labels never hold anything that a client chooses: planes, routes, outcomes, reasons and states are closed sets, and
// an upstream's status is one of 500. So the number of series is bounded (promise 6) and no secret is in them (8).
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace sidecache::metrics {

/// In the order of the table, and of the page.
enum class metric : std::uint8_t {
  requests,
  request_duration,
  stale_age,
  upstream_requests,
  upstream_request_duration,
  cache_entries,
  cache_bytes,
  cache_max_bytes,
  coverage_keys,
  coverage_seconds,
  drill_active,
  mode,
  shadow_lookups,
  shadow_spared,
  shadow_spared_bytes,
  shadow_waited,
  cache_evictions,
  invalidations,
  syncs,
  sync_peer_requests,
  stale_served_records,
  stale_served_healed,
  stale_served_forgotten,
  upstream_connections,
  upstream_retries,
  breaker_state,
  breaker_changes,
  upstream_queue_waiting,
  upstream_concurrency_limit,
  upstream_shed,
  upstream_recovery,
  client_connections,
  connections_refused,
  connections_closed,
  buffered_bytes,
  client_buffer_full,
  tls_handshakes,
  tls_reloads,
  tls_certificate_expiry,
  record_unknown_fields,
  record_unknown_values,
  log_dropped,
  audit_left_out,
  config_reloads,
  config_last_reload_successful,
  config_last_reload_success,
  build_info,
  process_cpu,
  process_resident_memory,
  process_virtual_memory,
  process_open_fds,
  process_max_fds,
  process_threads,
  process_start_time,
};
constexpr std::size_t metric_count = static_cast<std::size_t>(metric::process_start_time) + 1;

enum class metric_type : std::uint8_t { counter, gauge, histogram };
[[nodiscard]] constexpr std::string_view to_string(metric_type type) {
  switch (type) {
    case metric_type::counter:
      return "counter";
    case metric_type::gauge:
      return "gauge";
    case metric_type::histogram:
      return "histogram";
  }
  return "";
}

struct description {
  metric id = metric::requests;
  std::string_view name;
  metric_type type = metric_type::counter;
  std::array<std::string_view, 3> label_names;  ///< "" from the first that is not used
  std::string_view help;

  [[nodiscard]] std::span<const std::string_view> labels() const;
};

[[nodiscard]] std::span<const description, metric_count> catalogue();
[[nodiscard]] const description& describe(metric m);

/// The upper bounds of the buckets of histograms of durations, in nanoseconds; the last bucket has none. From 25 us,
/// which a hit stays below, to 10 s, which is the order of an upstream's deadline.
constexpr std::array<std::int64_t, 18> duration_bounds_ns{
    25'000,      50'000,      100'000,       250'000,       500'000,       1'000'000,
    2'500'000,   5'000'000,   10'000'000,    25'000'000,    50'000'000,    100'000'000,
    250'000'000, 500'000'000, 1'000'000'000, 2'500'000'000, 5'000'000'000, 10'000'000'000};

/// The same of ages of stale answers: from a second, by way of an hour, to a week.
constexpr std::int64_t second_ns = 1'000'000'000;
constexpr std::array<std::int64_t, 12> age_bounds_ns{second_ns,          10 * second_ns,      30 * second_ns,
                                                     60 * second_ns,     300 * second_ns,     900 * second_ns,
                                                     3'600 * second_ns,  14'400 * second_ns,  43'200 * second_ns,
                                                     86'400 * second_ns, 259'200 * second_ns, 604'800 * second_ns};

/// The table as Markdown, for the README.
[[nodiscard]] std::string catalogue_markdown();

}  // namespace sidecache::metrics
