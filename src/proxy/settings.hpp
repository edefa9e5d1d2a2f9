// What the proxy decides by, as plain values. config fills it; tests write it by hand.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "http/route.hpp"
#include "records/kind.hpp"

namespace sidecache::proxy {

/// Whose word counts for how long an answer is fresh.
enum class freshness_rule : std::uint8_t {
  settings,  ///< ours alone (`no-store` is obeyed all the same)
  origin,    ///< the origin's, where it says something; else ours
  shortest,  ///< the shorter of both; with no origin headers, ours
};

/// Who answers lookups. Whatever it is, writes, sync and purges make the cache forget, so that it is right when it is
/// put on again.
enum class mode : std::uint8_t {
  on,      ///< memory where it may
  shadow,  ///< the control plane, for each by itself; memory learns as if it answered, and what it would have said is
           ///< compared (shadow.hpp)
  bypass,  ///< the control plane; memory neither answers nor learns
};
constexpr std::array<std::string_view, 3> mode_names{"on", "shadow", "bypass"};

/// Of one route.
struct freshness_settings {
  duration ttl = std::chrono::seconds{30};
  duration inactive_ttl = std::chrono::seconds{5};  ///< of records that are exhausted, expired or archived
  duration negative_ttl = std::chrono::seconds{2};  ///< of a 404
  duration stale_while_revalidate = std::chrono::seconds{10};
  duration stale_if_error = std::chrono::hours{72};
  freshness_rule rule = freshness_rule::shortest;
  bool operator==(const freshness_settings&) const = default;
};

/// What both allow: no longer than either, by the stricter word.
[[nodiscard]] inline freshness_settings tighter(const freshness_settings& a, const freshness_settings& b) {
  return {.ttl = std::min(a.ttl, b.ttl),
          .inactive_ttl = std::min(a.inactive_ttl, b.inactive_ttl),
          .negative_ttl = std::min(a.negative_ttl, b.negative_ttl),
          .stale_while_revalidate = std::min(a.stale_while_revalidate, b.stale_while_revalidate),
          .stale_if_error = std::min(a.stale_if_error, b.stale_if_error),
          .rule = a.rule == b.rule ? a.rule : freshness_rule::shortest};
}

using http::plane_kind;

/// How far sync is relied on: the changes that gateways ask for twice a minute, and that pass here or don't.
struct sync_settings {
  /// The least time between two syncs of the same gateways. What was asked for after one that passed here is as good as
  /// new until the next could have been.
  duration interval = std::chrono::seconds{30};
  /// How long records are fresh while no sync passes here: more than none, and what a gateway keeps may stay wrong.
  duration unheard_ttl{};
  bool heal = false;  ///< sync answers name what was answered stale, so that gateways drop it
  bool operator==(const sync_settings&) const = default;
};

/// A line of `routes`: what differs for one kind, or for one slug of it.
struct route_settings {
  records::kind kind = records::kind::integration;
  std::string ident;  ///< "" for all of the kind
  freshness_settings freshness;
  bool operator==(const route_settings&) const = default;
};

struct settings {
  std::string plane = "admin";  ///< its name: the `plane` label
  plane_kind kind = plane_kind::admin;
  proxy::mode mode = mode::on;
  sync_settings sync;  ///< of a plane of the data kind
  std::vector<std::string> prefixes = {"", "/v1", "/v2", "/api/v1"};
  freshness_settings freshness;
  std::vector<route_settings> routes;  ///< the first that matches wins
  /// How long a lookup waits for a fresh answer while there is a stale one that may stand in for it.
  duration stale_after = std::chrono::milliseconds{500};
  duration cool_down = std::chrono::seconds{10};
  bool client_directives = true;   ///< Cache-Control of requests is honoured; conditionals always are
  bool cdn_cache_control = false;  ///< CDN-Cache-Control of answers stands in place of Cache-Control
  unsigned refresh_ahead =
      10;  ///< the last part of a TTL, in percent, in which an entry in use is fetched anew; 0: never
  std::uint64_t refresh_rate = 50;  ///< such fetches a second, at most
  duration revalidation_interval =
      std::chrono::seconds{1};  ///< how often a client's directives may send one key upstream
  std::uint64_t max_bytes = 64ULL << 20U;
  unsigned negative_share = 10;  ///< what denials and markers may take of max_bytes, in percent
  std::uint64_t record_bytes = 1ULL << 20U;
  std::uint64_t sync_bytes = 64ULL << 20U;  ///< the longest answer to sync that is read
  /// stale_if_error of what carries keys or says who is asking, on the data plane, if that is shorter.
  duration key_stale_if_error = std::chrono::hours{24};
  std::string version = "0";   ///< of sidecache, for the User-Agent of lookups
  bool forwarded_for = false;  ///< what is passed through names its client in X-Forwarded-For

  bool operator==(const settings&) const = default;

  /// For how long anything may be served stale.
  [[nodiscard]] duration longest_stale() const {
    duration longest = freshness.stale_if_error;
    for (const auto& route : routes) longest = std::max(longest, route.freshness.stale_if_error);
    return longest;
  }

  [[nodiscard]] const freshness_settings& freshness_of(records::kind of, std::string_view ident) const {
    for (const auto& route : routes)
      if (route.kind == of && (route.ident.empty() || http::same_ident(route.ident, ident))) return route.freshness;
    return freshness;
  }
};

/// Fixed spans of the contract, not for tuning.
constexpr duration denial_ttl = std::chrono::seconds{1};     ///< a 401 or 403 is collapsed for this long
constexpr duration cooling_ttl = std::chrono::seconds{1};    ///< what is read during the cool-down
constexpr duration own_key_ttl = std::chrono::seconds{5};    ///< who is asking, on the data plane
constexpr duration marker_ttl = std::chrono::seconds{30};    ///< "this key's answer can't be stored"
constexpr duration default_pause = std::chrono::seconds{1};  ///< a 429 without a readable Retry-After
constexpr duration longest_pause = std::chrono::minutes{5};  ///< however long Retry-After asks for

}  // namespace sidecache::proxy
