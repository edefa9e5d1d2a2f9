#include "config/settings.hpp"

#include <algorithm>

namespace sidecache::config {
namespace {

lifetimes within_ttl(lifetimes times) {
  times.inactive_ttl = std::min(times.inactive_ttl, times.ttl);
  times.negative_ttl = std::min(times.negative_ttl, times.ttl);
  return times;
}

}  // namespace

bool route_settings::covers(const route_settings& other) const {
  return kind == other.kind && (ident.empty() || ident == other.ident);
}

std::vector<weighted_url> upstream_settings::places() const {
  if (urls.empty()) return {{url, 0}};
  return urls;
}

std::string name_of(const plane_settings& plane) {
  if (!plane.name.empty()) return plane.name;
  return plane.kind == plane_kind::data ? "data" : "admin";
}

bool carries_keys_in_clear(const plane_settings& plane, const listen_address& at) {
  return plane.kind == plane_kind::data && !plane.allow_plaintext && !at.tls && !at.is_loopback();
}

lifetimes plane_settings::lifetimes() const { return within_ttl(cache.lifetimes); }

lifetimes plane_settings::lifetimes_of(const route_settings& route) const {
  config::lifetimes out = cache.lifetimes;
  out.ttl = route.ttl.value_or(out.ttl);
  out.inactive_ttl = route.inactive_ttl.value_or(out.inactive_ttl);
  out.negative_ttl = route.negative_ttl.value_or(out.negative_ttl);
  out.stale_while_revalidate = route.stale_while_revalidate.value_or(out.stale_while_revalidate);
  out.stale_if_error = route.stale_if_error.value_or(out.stale_if_error);
  out.freshness = route.freshness.value_or(out.freshness);
  return within_ttl(out);
}

}  // namespace sidecache::config
