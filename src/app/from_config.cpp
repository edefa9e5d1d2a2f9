#include "app/from_config.hpp"

#include <array>
#include <stdexcept>
#include <utility>

#include "config/secret_file.hpp"

namespace sidecache::app {
namespace {

/// One request in so many or more: a hundred thousand a second make no more lines than a longer pause has room for.
constexpr std::uint32_t few_lines_from = 20;

proxy::freshness_rule rule_of(config::freshness_rule from) {
  switch (from) {
    case config::freshness_rule::settings:
      return proxy::freshness_rule::settings;
    case config::freshness_rule::origin:
      return proxy::freshness_rule::origin;
    case config::freshness_rule::shortest:
      return proxy::freshness_rule::shortest;
  }
  return proxy::freshness_rule::shortest;
}

proxy::freshness_settings freshness_of(const config::lifetimes& from) {
  return {.ttl = from.ttl,
          .inactive_ttl = from.inactive_ttl,
          .negative_ttl = from.negative_ttl,
          .stale_while_revalidate = from.stale_while_revalidate,
          .stale_if_error = from.stale_if_error,
          .rule = rule_of(from.freshness)};
}

proxy::mode mode_of(config::serving_mode from) {
  static constexpr std::array modes{proxy::mode::on, proxy::mode::shadow, proxy::mode::bypass};
  return modes[static_cast<std::size_t>(from)];
}

metrics::log_level level_of(config::log_level from) {
  switch (from) {
    case config::log_level::trace:
    case config::log_level::debug:
      return metrics::log_level::debug;
    case config::log_level::info:
      return metrics::log_level::info;
    case config::log_level::warn:
      return metrics::log_level::warn;
    case config::log_level::error:
      return metrics::log_level::error;
  }
  return metrics::log_level::info;
}

}  // namespace

proxy::settings proxy_settings(const config::settings& from, const config::plane_settings& plane,
                               std::string_view version) {
  proxy::settings to;
  to.plane = plane.name;
  to.kind = plane.kind == config::plane_kind::data ? proxy::plane_kind::data : proxy::plane_kind::admin;
  to.mode = mode_of(plane.mode);
  to.sync = {.interval = plane.sync.interval, .unheard_ttl = plane.sync.unheard_ttl, .heal = plane.sync.heal};
  to.sync_bytes = from.limits.sync_bytes;
  to.key_stale_if_error = plane.cache.key_stale_if_error;
  to.prefixes = plane.prefixes;
  to.freshness = freshness_of(plane.lifetimes());
  for (const auto& route : plane.routes)
    to.routes.push_back({route.kind, route.ident, freshness_of(plane.lifetimes_of(route))});
  to.stale_after = plane.cache.stale_after;
  to.cool_down = plane.cache.cool_down;
  to.client_directives = plane.cache.directives == config::client_directives::honour;
  to.cdn_cache_control = plane.cache.cdn_cache_control == config::targeted_control::honour;
  to.refresh_ahead = static_cast<unsigned>(plane.cache.refresh_ahead);
  to.refresh_rate = plane.cache.refresh_rate;
  to.revalidation_interval = plane.cache.revalidation_interval;
  to.max_bytes = plane.cache.max_bytes;
  to.negative_share = static_cast<unsigned>(plane.cache.negative_share);
  to.record_bytes = from.limits.record_bytes;
  to.version = version;
  to.forwarded_for = plane.upstream.forwarded_for == config::forwarded_for::append;
  return to;
}

std::vector<upstream_place> upstream_settings(const config::settings& from, const config::plane_settings& plane) {
  const auto& upstream = plane.upstream;
  net::upstream_settings to;
  to.connect_timeout = upstream.connect_timeout;
  to.request_timeout = upstream.timeout;
  to.idle_timeout = upstream.idle_timeout;
  to.pace = {.bytes_per_second = from.limits.min_rate, .grace = from.limits.rate_grace};
  to.max_connections = upstream.max_connections;
  to.max_relay_connections = upstream.max_streams;
  to.max_pending = upstream.max_pending;
  to.resolve_interval = upstream.resolve_interval;
  to.ca_file = upstream.ca_file;
  to.client_certificate_file = upstream.client_certificate_file;
  to.client_key_file = upstream.client_key_file;
  if (upstream.proxy != "direct") to.proxy = upstream.proxy;
  for (const auto& host : upstream.no_proxy) to.no_proxy.append(host).append(",");
  std::vector<upstream_place> places;
  for (const auto& [url, weight] : upstream.places()) {
    places.push_back({to, static_cast<std::uint32_t>(weight)});
    places.back().settings.url = url.text;
  }
  return places;
}

resilience::breaker_settings breaker_settings(const config::plane_settings& plane) {
  const auto& breaker = plane.breaker;
  return {.window = breaker.window,
          .least_requests = breaker.least_requests,
          .failure_percent = breaker.failure_percent,
          .slow_after = breaker.slow_after,
          .slow_percent = breaker.slow_percent,
          .open_for = breaker.open_for,
          .probes = breaker.probes};
}

resilience::resilience_settings resilience_settings(const config::plane_settings& plane) {
  const auto& upstream = plane.upstream;
  return {.retry = {.retries = upstream.retries, .backoff = upstream.retry_backoff},
          .hedging = upstream.hedging == config::hedging::on,
          .timeout = upstream.timeout,
          .probe_timeout = plane.breaker.slow_after};
}

resilience::admission_settings admission_settings(const config::plane_settings& plane) {
  const auto& upstream = plane.upstream;
  return {.places = upstream.max_connections,
          .max_pending = upstream.max_pending,
          .timeout = upstream.timeout,
          .adaptive = upstream.concurrency == config::concurrency::adaptive};
}

secret proxy_credentials(const config::plane_settings& plane) {
  const auto& file = plane.upstream.proxy_credentials_file;
  if (file.empty()) return {};
  auto read = config::read_secret_file(file);
  if (!read) throw std::invalid_argument("upstream.proxy_credentials_file: " + read.error());
  return std::move(*read);
}

net::session_limits session_limits(const config::settings& from) {
  net::session_limits to;
  to.head = {.header_bytes = from.limits.header_bytes, .target_bytes = from.limits.target_bytes};
  to.connections = from.limits.connections;
  to.header_timeout = from.limits.header_timeout;
  to.idle_timeout = from.limits.idle_timeout;
  to.stall_timeout = from.limits.stall_timeout;
  to.request_timeout = from.limits.request_timeout;
  to.pace = {.bytes_per_second = from.limits.min_rate, .grace = from.limits.rate_grace};
  to.connections_per_client = from.limits.connections_per_client;
  to.requests_per_connection = from.limits.requests_per_connection;
  to.buffered_bytes = from.limits.buffered_bytes_per_connection;
  return to;
}

std::unique_ptr<net::server_tls> client_tls(const config::settings& from) {
  if (from.tls.certificate_file.empty()) return nullptr;
  auto made = net::server_tls::make({.certificate_file = from.tls.certificate_file,
                                     .key_file = from.tls.key_file,
                                     .client_ca_file = from.tls.client_ca_file,
                                     .only_1_3 = from.tls.min_version == config::tls_version::v1_3});
  if (!made) throw std::invalid_argument("tls: " + made.error());
  return std::move(*made);
}

net::socket_access socket_access(const config::settings& from) {
  auto access = net::parse_socket_owner(from.unix_sockets.owner);
  if (!access) throw std::invalid_argument("unix.owner: " + access.error());
  access->mode = static_cast<mode_t>(from.unix_sockets.mode);
  return *access;
}

metrics::log_settings log_settings(const config::settings& from) {
  static constexpr std::array formats{metrics::log_format::text, metrics::log_format::json,
                                      metrics::log_format::logfmt};
  const auto access = access_settings(from);
  const auto level = level_of(from.log.level);
  const bool many = level == metrics::log_level::debug || access.mode == metrics::access_mode::all ||
                    (access.mode == metrics::access_mode::sampled && access.one_in < few_lines_from);
  return {.level = level,
          .format = formats[static_cast<std::size_t>(from.log.format)],
          .pause = many ? metrics::pause_among_many : metrics::pause_among_few};
}

metrics::access_settings access_settings(const config::settings& from) {
  static constexpr std::array modes{metrics::access_mode::off, metrics::access_mode::sampled,
                                    metrics::access_mode::all};
  return {.mode = modes[static_cast<std::size_t>(from.log.access)],
          .one_in = static_cast<std::uint32_t>(from.log.access_sample)};
}

std::vector<admin::setting_row> setting_rows(const config::loaded_settings& from) {
  std::vector<admin::setting_row> rows;
  rows.reserve(from.in_effect.size());
  for (const auto& each : from.in_effect)
    rows.push_back({.key = each.key,
                    .value = each.text,
                    .source = each.source.describe(),
                    .default_value = std::string(each.default_text),
                    .help = std::string(each.what->help),
                    .live = each.what->change == config::change::live});
  return rows;
}

}  // namespace sidecache::app
