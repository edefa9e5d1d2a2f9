// The control plane: where it is, how it is asked, and what is done when it fails.
#include <array>

#include "config/setting_rows.hpp"

namespace sidecache::config {
namespace {

using namespace std::chrono_literals;
using enum change;
using namespace rows;

constexpr std::array<std::string_view, 2> concurrency_words{"adaptive", "fixed"};
constexpr std::array<std::string_view, 2> forwarded_for_words{"off", "append"};
constexpr std::array<std::string_view, 2> hedging_words{"off", "on"};

// clang-format off: one setting, one paragraph
constexpr std::array upstream_table{
    of_data("https://albus.portkey.ai", row("upstream.url", value_type::url, "https://api.portkey.ai", restart,
        "The control plane; the path of a request is appended as it came, /v1 included.",
        +[](settings& s) -> upstream_url& { return s.plane.upstream.url; })),
    row("upstream.urls", value_type::urls, "", restart,
        "Several control planes instead of one: the first that is well is asked, or, where each is followed by weight=N, those that are in that proportion.",
        +[](settings& s) -> std::vector<weighted_url>& { return s.plane.upstream.urls; }),
    time_row("upstream.connect_timeout", "2s", 1ms, 5min, restart,
        "How long connecting to one address of the control plane may take, and an egress proxy's CONNECT, and a TLS handshake.",
        +[](settings& s) -> duration& { return s.plane.upstream.connect_timeout; }),
    time_row("upstream.timeout", "30s", 1ms, 60min, restart,
        "How long a lookup may wait for the control plane's complete answer, connecting included; what is passed through, for the head of its answer.",
        +[](settings& s) -> duration& { return s.plane.upstream.timeout; }),
    time_row("upstream.idle_timeout", "55s", 1ms, 60min, restart,
        "How long an unused connection to the control plane is kept; keep it below what stands in between (often 60s).",
        +[](settings& s) -> duration& { return s.plane.upstream.idle_timeout; }),
    count_row("upstream.max_connections", "64", 65535, "connections", restart,
        "Connections to the control plane for lookups, of each thread.",
        +[](settings& s) -> std::uint64_t& { return s.plane.upstream.max_connections; }),
    count_row("upstream.max_streams", "64", 65535, "connections", restart,
        "Connections for everything that is passed through, of each thread: a stalled upload can't use up those of lookups.",
        +[](settings& s) -> std::uint64_t& { return s.plane.upstream.max_streams; }),
    count_row("upstream.max_pending", "1024", 1'000'000, "requests", restart,
        "Lookups, and other requests, of each thread that may wait for a connection; of more, the least urgent are refused.",
        +[](settings& s) -> std::uint64_t& { return s.plane.upstream.max_pending; }),
    choice_row("upstream.concurrency", "adaptive", concurrency_words, restart,
        "How many lookups of each thread may be upstream at once: upstream.max_connections, or as many of them (4 at least) as its latency bears.",
        [](auto& s) -> auto& { return s.plane.upstream.concurrency; }),
    time_row("upstream.resolve_interval", "30s", 100ms, 60min, restart,
        "How often the control plane's name is resolved anew (DNS); the last good answer is used until then.",
        +[](settings& s) -> duration& { return s.plane.upstream.resolve_interval; }),
    row("upstream.ca_file", value_type::file, "", restart,
        "Certificates (PEM) to trust for the control plane instead of the system's.",
        +[](settings& s) -> std::string& { return s.plane.upstream.ca_file; }),
    row("upstream.client_certificate_file", value_type::file, "", restart,
        "Client certificate (PEM, with its chain) that sidecache shows to the control plane (mTLS).",
        +[](settings& s) -> std::string& { return s.plane.upstream.client_certificate_file; }),
    row("upstream.client_key_file", value_type::secret_file, "", restart,
        "Private key (PEM) of that certificate; without it the key is looked for in the certificate's file.",
        +[](settings& s) -> std::string& { return s.plane.upstream.client_key_file; }),
    row("upstream.proxy", value_type::proxy, "", restart,
        "Egress proxy in front of the control plane; without it https_proxy, http_proxy or all_proxy of the environment names one, unless this is direct.",
        +[](settings& s) -> std::string& { return s.plane.upstream.proxy; }),
    row("upstream.no_proxy", value_type::hosts, "", restart,
        "Control planes that are asked past the proxy: names with those below them, addresses, blocks, each with a port or not, or *; without it no_proxy of the environment.",
        +[](settings& s) -> std::vector<std::string>& { return s.plane.upstream.no_proxy; }),
    row("upstream.proxy_credentials_file", value_type::secret_file, "", restart,
        "File with user:password for the proxy.",
        +[](settings& s) -> std::string& { return s.plane.upstream.proxy_credentials_file; }),
    choice_row("upstream.forwarded_for", "off", forwarded_for_words, restart,
        "Whether what is passed through tells the control plane its client's address in X-Forwarded-For; what a client sent there is passed on either way.",
        [](auto& s) -> auto& { return s.plane.upstream.forwarded_for; }),

    or_none(count_row("upstream.retries", "1", 5, "retries", restart,
        "How often a GET or HEAD that failed (no connection, a broken one, 500, 502, 503 without Retry-After, 504) is sent again; 0 is never.",
        +[](settings& s) -> std::uint64_t& { return s.plane.upstream.retries; })),
    time_row("upstream.retry_backoff", "50ms", 1ms, 1s, restart,
        "The longest wait before the first retry, doubled for each further one up to 1s; the wait is drawn between nothing and that.",
        +[](settings& s) -> duration& { return s.plane.upstream.retry_backoff; }),
    or_none(count_row("upstream.retry_budget", "10", 100, "percent", restart,
        "How many retries there may be for the requests of the last ten seconds, all threads together, and ten more.",
        +[](settings& s) -> std::uint64_t& { return s.plane.upstream.retry_budget; })),
    choice_row("upstream.hedging", "off", hedging_words, restart,
        "Whether a lookup that takes longer than 95 of 100 recent ones is asked for a second time, at the next control plane if there is one; the first good answer counts.",
        [](auto& s) -> auto& { return s.plane.upstream.hedging; }),
    row("upstream.check_path", value_type::path, "", restart,
        "Health check: path that each control plane is asked for now and then to see if it is well: any answer but a 5xx says so.",
        +[](settings& s) -> std::string& { return s.plane.upstream.check_path; }),
    time_row("upstream.check_interval", "5s", 10ms, 60min, restart,
        "How often the health check at upstream.check_path is made.",
        +[](settings& s) -> duration& { return s.plane.upstream.check_interval; }),

    time_row("breaker.window", "10s", 100ms, 10min, restart,
        "The time over which a control plane's failures are counted.",
        +[](settings& s) -> duration& { return s.plane.breaker.window; }),
    count_row("breaker.least_requests", "5", 100'000, "requests", restart,
        "How many there must have been in it before anything is concluded.",
        +[](settings& s) -> std::uint64_t& { return s.plane.breaker.least_requests; }),
    count_row("breaker.failure_percent", "50", 100, "percent", restart,
        "When so many of them failed, the breaker opens: lookups are answered from memory or refused at once.",
        +[](settings& s) -> std::uint64_t& { return s.plane.breaker.failure_percent; }),
    time_row("breaker.slow_after", "8s", 1ms, 10min, restart,
        "What takes longer counts as slow; a probe may take no longer.",
        +[](settings& s) -> duration& { return s.plane.breaker.slow_after; }),
    count_row("breaker.slow_percent", "80", 100, "percent", restart,
        "When so many of them were slow, the breaker opens too.",
        +[](settings& s) -> std::uint64_t& { return s.plane.breaker.slow_percent; }),
    time_row("breaker.open_for", "1s", 10ms, 10min, restart,
        "How long an open breaker asks nothing, and the least time between two probes.",
        +[](settings& s) -> duration& { return s.plane.breaker.open_for; }),
    count_row("breaker.probes", "3", 100, "probes", restart,
        "How many must succeed in a row before the breaker closes.",
        +[](settings& s) -> std::uint64_t& { return s.plane.breaker.probes; }),
};
// clang-format on

}  // namespace

std::span<const setting> upstream_rows() { return upstream_table; }

}  // namespace sidecache::config
