#include "config/settings_table.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <string>
#include <vector>

#include "config/setting_rows.hpp"

namespace sidecache::config {
namespace {

using namespace std::chrono_literals;
using enum change;
using namespace rows;

constexpr std::array<std::string_view, 2> tls_words{"1.2", "1.3"};
constexpr std::array<std::string_view, 3> freshness_words{"settings", "origin", "shortest"};
constexpr std::array<std::string_view, 2> targeted_words{"ignore", "honour"};
constexpr std::array<std::string_view, 2> directive_words{"honour", "ignore"};
constexpr std::array<std::string_view, 3> serving_words{"on", "shadow", "bypass"};
constexpr std::array<std::string_view, 5> level_words{"trace", "debug", "info", "warn", "error"};
constexpr std::array<std::string_view, 3> format_words{"text", "json", "logfmt"};
constexpr std::array<std::string_view, 3> access_words{"off", "sampled", "all"};

// clang-format off: one setting, one paragraph
constexpr std::array first_rows{
    row("listen", value_type::addresses, "127.0.0.1:9400", restart,
        "Where lookups and everything else for the control plane are accepted: ADDRESS:PORT, https://ADDRESS:PORT or unix:/PATH, several as a list; :PORT is all interfaces.",
        +[](settings& s) -> std::vector<listen_address>& { return s.plane.listen; }),
    count_row("threads", "1", 256, "threads", restart,
        "Worker threads, each with its own event loop.",
        +[](settings& s) -> std::uint64_t& { return s.threads; }),
    row("prefixes", value_type::prefixes, R"("", /v1, /v2, /api/v1)", restart,
        "What the path of a lookup may have in front of /integrations, /virtual-keys and /providers.",
        +[](settings& s) -> std::vector<std::string>& { return s.plane.prefixes; }),
    choice_row("plane", "admin", kind_words, restart,
        "Which API of the control plane it is: the one that SDKs, Terraform and tools ask, or the data plane's, which gateways ask.",
        [](auto& s) -> auto& { return s.plane.kind; }),
    row("name", value_type::name, "", restart,
        "What metrics and the admin pages call this plane; without it, by its kind.",
        +[](settings& s) -> std::string& { return s.plane.name; }),
    row("prefix", value_type::prefix, "", restart,
        "What stands in front of the path of every request for this plane, and goes before anything looks at it: planes with different ones may share an address.",
        +[](settings& s) -> std::string& { return s.plane.prefix; }),
    choice_row("allow_plaintext", "false", truth_words, restart,
        "Whether a data plane may listen in clear where other machines can connect: providers' keys travel there.",
        [](auto& s) -> auto& { return s.plane.allow_plaintext; }),
    choice_row("mode", "on", serving_words, live,
        "Who answers lookups: memory where it may; the control plane every time, beside which memory only notes what it would have said (sidecache shadow-report); or the control plane alone.",
        [](auto& s) -> auto& { return s.plane.mode; }),

    row("metrics.listen", value_type::address, "127.0.0.1:9401", restart,
        "Where /metrics, /livez and /readyz are served, and nothing else.",
        +[](settings& s) -> listen_address& { return s.metrics.listen; }),
    row("admin.listen", value_type::address, "127.0.0.1:9402", restart,
        "Where the status page and /api are served.",
        +[](settings& s) -> listen_address& { return s.admin.listen; }),
    row("admin.token_file", value_type::secret_file, "", restart,
        "File with the token that changing anything through /api takes; without it nothing can be changed there.",
        +[](settings& s) -> std::string& { return s.admin.token_file; }),

    row("tls.certificate_file", value_type::file, "", restart,
        "Certificate chain (PEM) for addresses with https://; read again when the file changes, as the next two are.",
        +[](settings& s) -> std::string& { return s.tls.certificate_file; }),
    row("tls.key_file", value_type::secret_file, "", restart,
        "Private key (PEM) of that certificate; without it the key is looked for in the certificate's file.",
        +[](settings& s) -> std::string& { return s.tls.key_file; }),
    row("tls.client_ca_file", value_type::file, "", restart,
        "Certificates (PEM) of those who may sign clients' certificates; with it every client of an https:// address must show one (mTLS).",
        +[](settings& s) -> std::string& { return s.tls.client_ca_file; }),
    choice_row("tls.min_version", "1.2", tls_words, restart,
        "The oldest TLS version that a client may speak.",
        [](auto& s) -> auto& { return s.tls.min_version; }),
    mode_row("unix.mode", "0660", restart,
        "Permissions of the Unix sockets that are listened on, in octal: who may write may connect.",
        +[](settings& s) -> std::uint64_t& { return s.unix_sockets.mode; }),
    row("unix.owner", value_type::owner, "", restart,
        "Whom Unix sockets belong to: USER, USER:GROUP or :GROUP, names or numbers; without it, whoever runs sidecache.",
        +[](settings& s) -> std::string& { return s.unix_sockets.owner; }),

};

// Here come upstream_rows() and sync_rows().

constexpr std::array last_rows{
    of_data("10s", time_row("cache.ttl", "30s", 0s, 7 * day, live,
        "How long a record is served without asking again; 0s shares one fetch among those who wait, and no more.",
        +[](settings& s) -> duration& { return s.plane.cache.lifetimes.ttl; })),
    time_row("cache.inactive_ttl", "5s", 0s, 7 * day, live,
        "TTL of records that are exhausted, expired or archived; never longer than cache.ttl.",
        +[](settings& s) -> duration& { return s.plane.cache.lifetimes.inactive_ttl; }),
    time_row("cache.negative_ttl", "2s", 0s, 60min, live,
        "How long a 404 is remembered; never longer than the TTL.",
        +[](settings& s) -> duration& { return s.plane.cache.lifetimes.negative_ttl; }),
    of_data("0s", time_row("cache.stale_while_revalidate", "10s", 0s, 7 * day, live,
        "For how long past its TTL a record is still served at once while it is fetched anew.",
        +[](settings& s) -> duration& { return s.plane.cache.lifetimes.stale_while_revalidate; })),
    time_row("cache.stale_if_error", "72h", 0s, 30 * day, live,
        "Up to which age a record stands in for a control plane that fails.",
        +[](settings& s) -> duration& { return s.plane.cache.lifetimes.stale_if_error; }),
    time_row("cache.key_stale_if_error", "24h", 0s, 30 * day, live,
        "cache.stale_if_error, if this is shorter, for what a data plane holds that carries keys or says who is asking: virtual keys and /api-keys/self/details.",
        +[](settings& s) -> duration& { return s.plane.cache.key_stale_if_error; }),
    of_data("1h", time_row("cache.stale_after", "500ms", 0s, 60min, live,
        "How long a lookup waits for the control plane while a stale record may stand in for its answer, which is then fetched on in the background.",
        +[](settings& s) -> duration& { return s.plane.cache.stale_after; })),
    time_row("cache.cool_down", "10s", 0s, 10min, live,
        "For how long after a write what it touched is fresh for one second only: the control plane may still answer with the old record.",
        +[](settings& s) -> duration& { return s.plane.cache.cool_down; }),
    choice_row("cache.client_directives", "honour", directive_words, live,
        "Whether Cache-Control and Pragma of a client's request are honoured; conditional requests always are.",
        [](auto& s) -> auto& { return s.plane.cache.directives; }),
    choice_row("cache.cdn_cache_control", "ignore", targeted_words, live,
        "Whether CDN-Cache-Control of an answer (RFC 9213) stands in place of its Cache-Control and Expires.",
        [](auto& s) -> auto& { return s.plane.cache.cdn_cache_control; }),
    or_none(count_row("cache.refresh_ahead", "10", 50, "percent of the TTL", live,
        "The last part of a TTL in which a record that is in use (ten times since it was stored) is fetched anew before it ends; 0 is never.",
        +[](settings& s) -> std::uint64_t& { return s.plane.cache.refresh_ahead; })),
    or_none(count_row("cache.refresh_rate", "50", 100'000, "fetches a second", live,
        "How many records may be fetched ahead of their end, in all; the most used first.",
        +[](settings& s) -> std::uint64_t& { return s.plane.cache.refresh_rate; })),
    time_row("cache.revalidation_interval", "1s", 0s, 60min, live,
        "How often a client's Cache-Control (no-cache, max-age, min-fresh) may send the same lookup upstream; in between memory answers.",
        +[](settings& s) -> duration& { return s.plane.cache.revalidation_interval; }),
    size_row("cache.max_bytes", "64MiB", 64 * kib, 1024 * gib, live,
        "Cache size: memory for stored answers, everything that an entry costs counted; the least recently used leave first.",
        +[](settings& s) -> std::uint64_t& { return s.plane.cache.max_bytes; }),
    count_row("cache.negative_share", "10", 100, "percent of cache.max_bytes", live,
        "How much of it remembered 401s, 403s, 404s and other answers without a record may take; they leave before any record does.",
        +[](settings& s) -> std::uint64_t& { return s.plane.cache.negative_share; }),
    choice_row("cache.freshness", "shortest", freshness_words, live,
        "Who decides how long an answer is fresh: the settings alone, the origin's headers where they come, or the shorter of both.",
        [](auto& s) -> auto& { return s.plane.cache.lifetimes.freshness; }),

    size_row("limits.header_bytes", "64KiB", kib, mib, restart,
        "The longest head of a request, its first line included; more is a 431.",
        +[](settings& s) -> std::uint64_t& { return s.limits.header_bytes; }),
    size_row("limits.target_bytes", "8KiB", 256, 256 * kib, restart,
        "The longest path and query of a request; more is a 414.",
        +[](settings& s) -> std::uint64_t& { return s.limits.target_bytes; }),
    size_row("limits.record_bytes", "1MiB", kib, 64 * mib, restart,
        "Maximum size of a record that is stored; a longer answer is streamed through.",
        +[](settings& s) -> std::uint64_t& { return s.limits.record_bytes; }),
    size_row("limits.sync_bytes", "64MiB", 64 * kib, gib, restart,
        "The longest answer to a sync that is read; a longer one is a 502, and everything of its organisation is revalidated.",
        +[](settings& s) -> std::uint64_t& { return s.limits.sync_bytes; }),
    count_row("limits.connections", "10000", 1'000'000, "connections", restart,
        "Client connections at once; further ones wait to be accepted.",
        +[](settings& s) -> std::uint64_t& { return s.limits.connections; }),
    time_row("limits.header_timeout", "10s", 1ms, 10min, restart,
        "How long a client may take for the head of a request.",
        +[](settings& s) -> duration& { return s.limits.header_timeout; }),
    time_row("limits.idle_timeout", "75s", 1ms, 60min, restart,
        "How long a client's connection may stay without a request.",
        +[](settings& s) -> duration& { return s.limits.idle_timeout; }),
    time_row("limits.stall_timeout", "30s", 1ms, 60min, restart,
        "How long a client may neither send nor take a byte of a message that has begun.",
        +[](settings& s) -> duration& { return s.limits.stall_timeout; }),
    time_row("limits.request_timeout", "1h", 0s, 7 * day, restart,
        "How long a request may take, from its complete head to the last byte of its answer, streams included; 0s for any time.",
        +[](settings& s) -> duration& { return s.limits.request_timeout; }),
    size_row("limits.min_rate", "64B", 0, mib, restart,
        "Bytes a second that a client must send of a request and take of an answer while sidecache waits for it; 0B for none.",
        +[](settings& s) -> std::uint64_t& { return s.limits.min_rate; }),
    time_row("limits.rate_grace", "10s", 1ms, 10min, restart,
        "For how long, of the time spent waiting for it, a client may stay behind limits.min_rate.",
        +[](settings& s) -> duration& { return s.limits.rate_grace; }),
    count_row("limits.connections_per_client", "10000", 1'000'000, "connections", restart,
        "Connections at once from one IP address; a further one is closed as soon as it is accepted. Unix sockets are not counted.",
        +[](settings& s) -> std::uint64_t& { return s.limits.connections_per_client; }),
    or_none(count_row("limits.requests_per_connection", "100000", 1'000'000'000, "requests", restart,
        "Requests on one connection, the last of which is answered with Connection: close; 0 for any number.",
        +[](settings& s) -> std::uint64_t& { return s.limits.requests_per_connection; })),
    size_row("limits.buffered_bytes_per_connection", "256KiB", 4 * kib, 16 * mib, restart,
        "What a client connection may hold of what its client sent and nobody has taken; reading waits beyond it.",
        +[](settings& s) -> std::uint64_t& { return s.limits.buffered_bytes_per_connection; }),
    size_row("limits.buffered_bytes", "256MiB", 64 * kib, 1024 * gib, restart,
        "Memory for messages under way: grown read buffers, answers being collected, answers that clients don't take. Beyond it what needs the control plane is refused; hits go on.",
        +[](settings& s) -> std::uint64_t& { return s.limits.buffered_bytes; }),

    choice_row("log.level", "info", level_words, live,
        "The least important messages that are logged.",
        [](auto& s) -> auto& { return s.log.level; }),
    choice_row("log.format", "text", format_words, restart,
        "Lines for people, one JSON object a line, or fields as key=value.",
        [](auto& s) -> auto& { return s.log.format; }),
    choice_row("log.access", "sampled", access_words, live,
        "Which requests get an access line.",
        [](auto& s) -> auto& { return s.log.access; }),
    count_row("log.access_sample", "100", 1'000'000, "requests", live,
        "With log.access at sampled, one request in so many gets a line.",
        +[](settings& s) -> std::uint64_t& { return s.log.access_sample; }),

    time_row("shutdown.delay", "0s", 0s, 10min, live,
        "How long everything goes on after SIGTERM, but for /readyz, so that no more clients are sent here, in place of a preStop sleep: 5s behind a Kubernetes Service.",
        +[](settings& s) -> duration& { return s.shutdown.delay; }),
    time_row("shutdown.linger", "0s", 0s, 60min, live,
        "And then until no request came for so long: 3s beside an application that gets its SIGTERM at the same time.",
        +[](settings& s) -> duration& { return s.shutdown.linger; }),
    time_row("shutdown.grace", "25s", 0s, 60min, live,
        "How long lingering, and requests under way, may take after the delay before their connections are closed.",
        +[](settings& s) -> duration& { return s.shutdown.grace; }),

    row("routes", value_type::routes, "", live,
        "Other lifetimes for some records: the first route whose path matches counts, and what it leaves open is the cache's.",
        +[](settings& s) -> std::vector<route_settings>& { return s.plane.routes; }),

    row("planes", value_type::planes, "", restart,
        "Several planes in one process instead of the one that the top-level keys make: a list of maps, each with the settings of a plane.",
        +[](settings& s) -> std::vector<plane_settings>& { return s.planes; }),
};
// clang-format on

}  // namespace

std::span<const setting> settings_table() {
  static const std::vector<setting> table = [] {
    std::vector<setting> all;
    for (const std::span<const setting> rows :
         {std::span<const setting>(first_rows), upstream_rows(), sync_rows(), std::span<const setting>(last_rows)})
      all.insert(all.end(), rows.begin(), rows.end());
    return all;
  }();
  return table;
}

std::optional<std::size_t> find_setting(std::string_view key) {
  const auto table = settings_table();
  const auto at = std::ranges::find(table, key, &setting::key);
  if (at == table.end()) return std::nullopt;
  return static_cast<std::size_t>(at - table.begin());
}

bool is_of_a_plane(std::string_view key) {
  constexpr std::array<std::string_view, 8> alone{"listen", "prefixes",        "plane", "name",
                                                  "prefix", "allow_plaintext", "mode",  "routes"};
  constexpr std::array<std::string_view, 4> sections{"upstream.", "breaker.", "cache.", "sync."};
  return std::ranges::find(alone, key) != alone.end() ||
         std::ranges::any_of(sections, [&](std::string_view section) { return key.starts_with(section); });
}

bool is_section(std::string_view key) {
  return std::ranges::any_of(settings_table(), [&](const setting& s) {
    return s.key.size() > key.size() && s.key.starts_with(key) && s.key[key.size()] == '.';
  });
}

std::size_t index_of(std::string_view key) {
  const auto at = find_setting(key);
  if (!at) throw std::logic_error("no such setting: " + std::string(key));
  return *at;
}

const setting& setting_of(std::string_view key) { return settings_table()[index_of(key)]; }

}  // namespace sidecache::config
