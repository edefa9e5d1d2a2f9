// What sidecache was told to do, as plain values. Immutable once load() has returned it; every thread may read it.
//
// Members have no defaults of their own: the table (settings_table.hpp) has them, so that code, documents and errors
// can't disagree. Start from default_settings(), not from `settings{}`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/listen_address.hpp"
#include "config/address.hpp"
#include "records/kind.hpp"

namespace sidecache::config {

/// Who decides how long an answer is fresh.
enum class freshness_rule : std::uint8_t {
  settings,  ///< the TTLs here, whatever the control plane says
  origin,    ///< Cache-Control and Expires of the control plane where they come, else the TTLs here
  shortest,  ///< the shorter of both
};
/// What Cache-Control of a request counts for.
enum class client_directives : std::uint8_t { honour, ignore };

/// What CDN-Cache-Control of an answer counts for (RFC 9213).
enum class targeted_control : std::uint8_t { ignore, honour };

/// How long answers are kept and used.
struct lifetimes {
  duration ttl{};
  duration inactive_ttl{};            ///< of records that are exhausted, expired or archived
  duration negative_ttl{};            ///< of a remembered 404
  duration stale_while_revalidate{};  ///< past the TTL, while fetched anew (RFC 5861 §3)
  duration stale_if_error{};          ///< age up to which it stands in when the control plane fails (RFC 5861 §4)
  freshness_rule freshness{};
  bool operator==(const lifetimes&) const = default;
};

/// What differs from the cache's lifetimes for some of the records.
struct route_settings {
  std::string path;  ///< "/integrations/*" or "/integrations/SLUG"
  records::kind kind{};
  std::string ident;  ///< slug or UUID; "" for every record of the kind
  std::optional<duration> ttl;
  std::optional<duration> inactive_ttl;
  std::optional<duration> negative_ttl;
  std::optional<duration> stale_while_revalidate;
  std::optional<duration> stale_if_error;
  std::optional<freshness_rule> freshness;

  /// True if this route matches whatever the other does.
  [[nodiscard]] bool covers(const route_settings& other) const;
  bool operator==(const route_settings&) const = default;
};

/// What is told of a client to the control plane.
enum class forwarded_for : std::uint8_t { off, append };

/// How many lookups may be upstream at once: what its latency bears, or all that there are connections for.
enum class concurrency : std::uint8_t { adaptive, fixed };

/// Whether a lookup that is late is asked for a second time meanwhile.
enum class hedging : std::uint8_t { off, on };

struct upstream_settings {
  upstream_url url;                ///< of the only one; ask places()
  std::vector<weighted_url> urls;  ///< of several; empty: `url` counts
  duration connect_timeout{};
  duration timeout{};
  duration idle_timeout{};
  std::uint64_t max_connections = 0;
  std::uint64_t max_streams = 0;
  std::uint64_t max_pending = 0;
  config::concurrency concurrency{};
  duration resolve_interval{};
  std::string ca_file;                  ///< "" for the system's
  std::string client_certificate_file;  ///< "" for none
  std::string client_key_file;
  std::string
      proxy;  ///< "direct", "http://host[:port]" or "host[:port]"; "" for none, once load() has asked the environment
  std::vector<std::string> no_proxy;   ///< as http::parse_no_proxy() reads them
  std::string proxy_credentials_file;  ///< "" for none
  config::forwarded_for forwarded_for{};
  std::uint64_t retries = 0;
  duration retry_backoff{};
  std::uint64_t retry_budget = 0;  ///< percent of the requests
  config::hedging hedging{};
  std::string check_path;  ///< "": no active checks
  duration check_interval{};

  /// Where it is: one URL or several, all with a weight or none.
  [[nodiscard]] std::vector<weighted_url> places() const;
  bool operator==(const upstream_settings&) const = default;
};

/// When a control plane is left alone, and how it is tried again.
struct breaker_settings {
  duration window{};
  std::uint64_t least_requests = 0;
  std::uint64_t failure_percent = 0;
  duration slow_after{};
  std::uint64_t slow_percent = 0;
  duration open_for{};
  std::uint64_t probes = 0;
  bool operator==(const breaker_settings&) const = default;
};

struct cache_settings {
  config::lifetimes lifetimes;    ///< where no route says otherwise; as written; ask plane_settings::lifetimes()
  duration key_stale_if_error{};  ///< of a data plane: of what carries keys, if it is shorter
  duration stale_after{};
  duration cool_down{};
  client_directives directives{};
  targeted_control cdn_cache_control{};
  std::uint64_t refresh_ahead = 0;  ///< percent of the TTL
  std::uint64_t refresh_rate = 0;   ///< a second
  duration revalidation_interval{};
  std::uint64_t max_bytes = 0;
  std::uint64_t negative_share = 0;  ///< percent of max_bytes
  bool operator==(const cache_settings&) const = default;
};

/// Who answers lookups.
enum class serving_mode : std::uint8_t {
  on,      ///< memory, where it may
  shadow,  ///< the control plane; memory only says what it would have said
  bypass,  ///< the control plane
};

/// Which of the control plane's APIs it is.
enum class plane_kind : std::uint8_t {
  admin,  ///< what SDKs, Terraform and tools ask
  data,   ///< what gateways ask
};

/// The changes that gateways ask for, and that a plane of the data kind may ask for itself.
struct sync_settings {
  duration interval{};
  duration unheard_ttl{};
  bool heal = false;
  std::string poll_path;            ///< "": only gateways ask
  std::string identifier_file;      ///< "" for none; may not be there yet
  std::string credential_file;      ///< "" for none
  std::vector<weighted_url> peers;  ///< without weights and paths; empty: no other sidecache is asked
  std::string peer_secret_file;     ///< "" for none: then this one answers no other either
  std::string peer_ca_file;         ///< "" for the system's
  bool operator==(const sync_settings&) const = default;
};

/// One control plane and how it is served.
struct plane_settings {
  plane_kind kind{};
  std::string name;    ///< of one of `planes` never "", and no two are the same
  std::string prefix;  ///< "" or "/albus": goes from a target before anything looks at it
  bool allow_plaintext = false;
  serving_mode mode{};
  std::vector<listen_address> listen;
  std::vector<std::string> prefixes;
  upstream_settings upstream;
  breaker_settings breaker;
  cache_settings cache;
  std::vector<route_settings> routes;
  sync_settings sync;

  /// Where no route matches. Neither inactive records nor negatives outlive the TTL, here and below.
  [[nodiscard]] config::lifetimes lifetimes() const;
  /// Where that route matches first: what it leaves open is the cache's.
  [[nodiscard]] config::lifetimes lifetimes_of(const route_settings& route) const;
  bool operator==(const plane_settings&) const = default;
};

/// Its name, or the word of its kind where it has none.
[[nodiscard]] std::string name_of(const plane_settings& plane);
/// What the plane must not do unless told to: providers' keys would travel where other machines can listen.
[[nodiscard]] bool carries_keys_in_clear(const plane_settings& plane, const listen_address& at);

struct metrics_settings {
  listen_address listen;
  bool operator==(const metrics_settings&) const = default;
};

struct admin_settings {
  listen_address listen;
  std::string token_file;  ///< "": nothing can be changed
  bool operator==(const admin_settings&) const = default;
};

enum class tls_version : std::uint8_t { v1_2, v1_3 };

/// What clients are spoken to with where an address says https.
struct tls_settings {
  std::string certificate_file;  ///< "": no address may say https
  std::string key_file;          ///< "": the key is in the certificate's file
  std::string client_ca_file;    ///< not "": clients must show a certificate
  tls_version min_version{};
  bool operator==(const tls_settings&) const = default;
};

/// Who may connect to the Unix sockets that are listened on.
struct unix_settings {
  std::uint64_t mode = 0;
  std::string owner;  ///< "user", "user:group" or ":group"; "": whoever runs the process
  bool operator==(const unix_settings&) const = default;
};

struct limits_settings {
  std::uint64_t header_bytes = 0;
  std::uint64_t target_bytes = 0;
  std::uint64_t record_bytes = 0;
  std::uint64_t sync_bytes = 0;
  std::uint64_t connections = 0;
  duration header_timeout{};
  duration idle_timeout{};
  duration stall_timeout{};
  duration request_timeout{};  ///< 0: unlimited
  std::uint64_t min_rate = 0;  ///< bytes a second; 0: none
  duration rate_grace{};
  std::uint64_t connections_per_client = 0;
  std::uint64_t requests_per_connection = 0;  ///< 0: unlimited
  std::uint64_t buffered_bytes_per_connection = 0;
  std::uint64_t buffered_bytes = 0;
  bool operator==(const limits_settings&) const = default;
};

enum class log_level : std::uint8_t { trace, debug, info, warn, error };
enum class log_format : std::uint8_t { text, json, logfmt };
enum class access_log : std::uint8_t { off, sampled, all };

struct log_settings {
  log_level level{};
  log_format format{};
  access_log access{};
  std::uint64_t access_sample = 0;  ///< one request in so many is logged with access_log::sampled
  bool operator==(const log_settings&) const = default;
};

struct shutdown_settings {
  duration delay{};
  duration linger{};
  duration grace{};
  bool operator==(const shutdown_settings&) const = default;
};

struct settings {
  std::uint64_t threads = 0;
  plane_settings plane;                ///< as the top-level keys have it; what is served are `planes`
  std::vector<plane_settings> planes;  ///< never empty: where none are named, the top-level keys make the only one
  metrics_settings metrics;
  admin_settings admin;
  tls_settings tls;
  unix_settings unix_sockets;
  limits_settings limits;
  log_settings log;
  shutdown_settings shutdown;
  bool operator==(const settings&) const = default;
};

/// Every setting at the table's default.
[[nodiscard]] settings default_settings();

}  // namespace sidecache::config
