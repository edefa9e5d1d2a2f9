#include "metrics/catalogue.hpp"

#include <algorithm>

namespace sidecache::metrics {
namespace {

using enum metric_type;

constexpr std::array<description, metric_count> table{{
    {metric::requests,
     "sidecache_requests_total",
     counter,
     {"plane", "route", "outcome"},
     "Requests answered, by how."},
    {metric::request_duration,
     "sidecache_request_duration_seconds",
     histogram,
     {"plane", "route", "outcome"},
     "Time from a request's complete head to the last byte of its answer."},
    {metric::stale_age,
     "sidecache_stale_age_seconds",
     histogram,
     {"plane", "route"},
     "Age of answers that were served stale, since the control plane gave them."},
    {metric::upstream_requests,
     "sidecache_upstream_requests_total",
     counter,
     {"plane", "route", "code"},
     "Attempts made upstream, by status or failure: timeout, connect, reset, tls, proxy, protocol or overloaded."},
    {metric::upstream_request_duration,
     "sidecache_upstream_request_duration_seconds",
     histogram,
     {"plane", "route"},
     "Time an attempt upstream took, failed ones too."},
    {metric::cache_entries, "sidecache_cache_entries", gauge, {"plane", "route"}, "Answers held in memory."},
    {metric::cache_bytes,
     "sidecache_cache_bytes",
     gauge,
     {"plane"},
     "Memory that the cache counts against cache.max_bytes."},
    {metric::cache_max_bytes, "sidecache_cache_max_bytes", gauge, {"plane"}, "How much of it there may be."},
    {metric::coverage_keys,
     "sidecache_coverage_keys",
     gauge,
     {"plane", "state"},
     "Keys asked for within the last hour: covered could be served if the control plane went now, missing could not."},
    {metric::coverage_seconds,
     "sidecache_coverage_seconds",
     gauge,
     {"plane"},
     "For how long all that is covered would be; the first is lost then."},
    {metric::drill_active,
     "sidecache_drill_active",
     gauge,
     {"plane"},
     "1 while a drill plays to lookups that the control plane is gone."},
    {metric::mode,
     "sidecache_mode",
     gauge,
     {"plane", "mode"},
     "1 at the mode in which lookups are answered (on, shadow or bypass), 0 at the others."},
    {metric::shadow_lookups,
     "sidecache_shadow_lookups_total",
     counter,
     {"plane", "route", "result"},
     "Lookups answered by the control plane in shadow, by what memory would have said: agreed, moved (only usage "
     "differs), overtaken (a write came in between), wrong, stood_in (the control plane failed), missed or shared "
     "(another's fetch would have been waited for)."},
    {metric::shadow_spared,
     "sidecache_shadow_spared_requests_total",
     counter,
     {"plane", "route"},
     "Of these, those for which the control plane would not have been asked."},
    {metric::shadow_spared_bytes,
     "sidecache_shadow_spared_bytes_total",
     counter,
     {"plane", "route"},
     "Bytes of the bodies that it would not have sent."},
    {metric::shadow_waited,
     "sidecache_shadow_waited_seconds_total",
     counter,
     {"plane", "route"},
     "How long clients waited in shadow for what memory would have answered at once."},
    {metric::cache_evictions,
     "sidecache_cache_evictions_total",
     counter,
     {"plane", "reason"},
     "Entries that left the cache without being invalidated, by reason."},
    {metric::invalidations,
     "sidecache_invalidations_total",
     counter,
     {"plane", "source"},
     "Times that entries were dropped or marked for revalidation, by what caused it."},
    {metric::syncs,
     "sidecache_syncs_total",
     counter,
     {"plane", "result"},
     "Answers to sync, by what became of them: read (and what they named dropped), lost (everything of the "
     "organisation "
     "is revalidated), refused or unsent."},
    {metric::sync_peer_requests,
     "sidecache_sync_peer_requests_total",
     counter,
     {"plane", "result"},
     "Other sidecaches that were asked what they served stale while a sync passed, by what became of it: answered, "
     "late "
     "(asked again at the next sync), unreachable, refused, garbled or left_out (a limit was reached)."},
    {metric::stale_served_records,
     "sidecache_stale_served_records",
     gauge,
     {"plane"},
     "Records that gateways were given stale and have not been told to drop since: they may keep them for a week."},
    {metric::stale_served_healed,
     "sidecache_stale_served_healed_total",
     counter,
     {"plane"},
     "Such records that an answer to sync has named since."},
    {metric::stale_served_forgotten,
     "sidecache_stale_served_forgotten_total",
     counter,
     {"plane"},
     "Such records that found no room in the list, or were in it for a week."},
    {metric::upstream_connections,
     "sidecache_upstream_connections",
     gauge,
     {"plane", "state"},
     "Connections to the control plane, by state: connecting, active or idle."},
    {metric::upstream_retries,
     "sidecache_upstream_retries_total",
     counter,
     {"plane", "result"},
     "Lookups and lists that were sent again after a failure (retried; failed_over: at once, to another upstream) or "
     "while the first was late (hedged, hedge_won), or were not: budget_spent, no_time."},
    {metric::breaker_state,
     "sidecache_breaker_state",
     gauge,
     {"plane", "upstream"},
     "Whether an upstream is asked: 0 closed, 1 half-open (probes only), 2 open."},
    {metric::breaker_changes,
     "sidecache_breaker_changes_total",
     counter,
     {"plane", "upstream", "state"},
     "Changes of an upstream's breaker, by the state that it came to."},
    {metric::upstream_queue_waiting,
     "sidecache_upstream_queue_waiting",
     gauge,
     {"plane"},
     "Lookups in line for a place upstream."},
    {metric::upstream_concurrency_limit,
     "sidecache_upstream_concurrency_limit",
     gauge,
     {"plane"},
     "Lookups that may be upstream at once, over all threads."},
    {metric::upstream_shed,
     "sidecache_upstream_shed_total",
     counter,
     {"plane", "urgency"},
     "Lookups kept from the control plane to spare it, by who waited: prefetch and refresh (nobody), stale_held (a "
     "client with a stale record to be given) or miss."},
    {metric::upstream_recovery,
     "sidecache_upstream_recovery",
     gauge,
     {"plane"},
     "1 after an outage, while what could wait is fetched at twice the normal rate at most."},
    {metric::client_connections,
     "sidecache_client_connections",
     gauge,
     {"plane"},
     "Connections that clients have open."},
    {metric::connections_refused,
     "sidecache_connections_refused_total",
     counter,
     {"plane", "reason"},
     "Client connections left waiting (limit, accept_error) or closed at once (client_limit), by why."},
    {metric::connections_closed,
     "sidecache_connections_closed_total",
     counter,
     {"plane", "reason"},
     "Client connections ended because of a limit, by limit."},
    {metric::buffered_bytes,
     "sidecache_buffered_bytes",
     gauge,
     {"plane"},
     "Memory that limits.buffered_bytes counts: what is held for messages under way."},
    {metric::client_buffer_full,
     "sidecache_client_buffer_full_total",
     counter,
     {"plane"},
     "Reads that filled what a client connection may hold (limits.buffered_bytes_per_connection, of an upload 32KiB): "
     "its client waits until some of it is taken."},
    {metric::tls_handshakes,
     "sidecache_tls_handshakes_total",
     counter,
     {"result"},
     "TLS handshakes with clients, by what became of them: ok, resumed, timeout, client_left, client_certificate (none "
     "or untrusted), plain_http or failed."},
    {metric::tls_reloads,
     "sidecache_tls_reloads_total",
     counter,
     {"result"},
     "Changes of the TLS files that were taken, or refused because the files can't be used."},
    {metric::tls_certificate_expiry,
     "sidecache_tls_certificate_expiry_timestamp_seconds",
     gauge,
     {},
     "End of the validity of the certificate that clients are shown, in seconds since the Unix epoch."},
    {metric::record_unknown_fields,
     "sidecache_record_unknown_fields_total",
     counter,
     {"plane", "kind"},
     "Fields in records that no known schema names; the control plane's schema has moved on."},
    {metric::record_unknown_values,
     "sidecache_record_unknown_values_total",
     counter,
     {"plane", "kind"},
     "Values in records that no known schema names, or of another type than it says."},
    {metric::log_dropped,
     "sidecache_log_dropped_total",
     counter,
     {},
     "Log lines lost because they came faster than they could be written."},
    {metric::audit_left_out,
     "sidecache_audit_left_out_total",
     counter,
     {},
     "Refused changes without an audit line of their own, as more than 30 of them came in a minute."},
    {metric::config_reloads,
     "sidecache_config_reloads_total",
     counter,
     {"result"},
     "Times that the settings were read anew, by what came of it: applied, unchanged, invalid or restart_required "
     "(both "
     "change nothing)."},
    {metric::config_last_reload_successful,
     "sidecache_config_last_reload_successful",
     gauge,
     {},
     "0 if what was read last is not in force: it is invalid or takes a restart."},
    {metric::config_last_reload_success,
     "sidecache_config_last_reload_success_timestamp_seconds",
     gauge,
     {},
     "When settings were last taken, at the start or since, in seconds since the Unix epoch."},
    {metric::build_info, "sidecache_build_info", gauge, {"version", "compiler"}, "Always 1; says what is running."},
    {metric::process_cpu, "process_cpu_seconds_total", counter, {}, "User and system CPU time spent."},
    {metric::process_resident_memory, "process_resident_memory_bytes", gauge, {}, "Resident memory."},
    {metric::process_virtual_memory, "process_virtual_memory_bytes", gauge, {}, "Virtual memory."},
    {metric::process_open_fds, "process_open_fds", gauge, {}, "Open file descriptors."},
    {metric::process_max_fds, "process_max_fds", gauge, {}, "Limit on open file descriptors."},
    {metric::process_threads, "process_threads", gauge, {}, "Threads."},
    {metric::process_start_time,
     "process_start_time_seconds",
     gauge,
     {},
     "Start of the process, in seconds since the Unix epoch."},
}};

constexpr bool in_order() {
  for (std::size_t i = 0; i < table.size(); ++i) {
    if (table[i].id != static_cast<metric>(i)) return false;
  }
  return true;
}
static_assert(in_order(), "describe() indexes the table by the enumeration");

}  // namespace

std::span<const std::string_view> description::labels() const {
  const auto used = std::ranges::find(label_names, std::string_view{}) - label_names.begin();
  return std::span(label_names).first(static_cast<std::size_t>(used));
}

std::span<const description, metric_count> catalogue() { return table; }

const description& describe(metric m) { return table[static_cast<std::size_t>(m)]; }

std::string catalogue_markdown() {
  std::string text = "| metric | type | labels | meaning |\n|---|---|---|---|\n";
  for (const auto& entry : table) {
    text.append("| `").append(entry.name).append("` | ").append(to_string(entry.type)).append(" | ");
    std::string_view separator;
    for (const auto label : entry.labels()) {
      text.append(separator).append("`").append(label).append("`");
      separator = ", ";
    }
    text.append(" | ").append(entry.help).append(" |\n");
  }
  return text;
}

}  // namespace sidecache::metrics
