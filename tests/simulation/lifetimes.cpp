// How long an answer may be used, by the contract and the RFCs alone.
#include <algorithm>

#include "simulation/ledger.hpp"

namespace sidecache::simulation {
namespace {

/// What was asked for under one and came under the other may be used for no longer than both allow (README, "Changing
/// settings while it runs").
proxy::freshness_settings stricter(const proxy::freshness_settings& a, const proxy::freshness_settings& b) {
  proxy::freshness_settings out = a;
  out.ttl = std::min(a.ttl, b.ttl);
  out.inactive_ttl = std::min(a.inactive_ttl, b.inactive_ttl);
  out.negative_ttl = std::min(a.negative_ttl, b.negative_ttl);
  out.stale_while_revalidate = std::min(a.stale_while_revalidate, b.stale_while_revalidate);
  out.stale_if_error = std::min(a.stale_if_error, b.stale_if_error);
  if (a.rule != b.rule) out.rule = proxy::freshness_rule::shortest;
  return out;
}

}  // namespace

/// How long the answer may be used: control-plane.md §6, "Deadlines".
void ledger::set_lifetime(note& of) const {
  const proxy::freshness_settings ours = stricter(of.fetched.freshness, route_of(of.where));
  const wall_time jwt = origin_.credentials()[of.who].expires;
  const auto ahead = [&](wall_time deadline) { return deadline > now_.wall ? deadline : wall_time::max(); };
  of.hard = ahead(jwt);
  duration longest{};
  duration ttl = of.status == 404 ? ours.negative_ttl : duration{1s};
  if (of.is_record) {
    of.hard = std::min(of.hard, ahead(of.expires_at));
    of.soft = ahead(of.resets_at);
    const bool inactive = of.status_shown != standing::active || of.unreadable_deadline || of.expires_at <= now_.wall;
    ttl = inactive ? std::min(ours.ttl, ours.inactive_ttl) : ours.ttl;
    longest = inactive ? ours.inactive_ttl : duration::max();
  } else {
    longest = ttl;
  }
  const allowance may = allowed(of.speaks, of.fetched.cdn_cache_control, ours, ttl, of.sent, now_);
  of.no_store = may.no_store;
  of.initial_age = may.initial_age;
  of.fresh = std::min({may.fresh, longest, of.cooled ? duration{1s} : duration::max()});
  if (of.is_record) {
    of.on_error = may.on_error;
    of.revalidate = of.cooled ? duration{} : may.revalidate;
  }
  if (of.no_store) of.fresh = of.revalidate = of.on_error = duration{};
}

/// Of the first line that names the record as it was asked for, or its kind.
const proxy::freshness_settings& ledger::route_of(int where) const {
  const address& at = origin_.addresses()[where];
  for (const auto& route : settings_.routes)
    if (route.kind == at.kind && (route.ident.empty() || route.ident == at.ident)) return route.freshness;
  return settings_.freshness;
}

std::optional<duration> ledger::fresh_for(int who, int where) const {
  const key_state& its = key(who, where);
  return is_surely_fresh(its) ? std::optional(left_of(noted(its.held))) : std::nullopt;
}

duration ledger::surely_fresh(const note& of) const {
  return of.sent < cooling_until_ ? std::min(of.fresh, duration{1s}) : of.fresh;
}

bool ledger::is_surely_fresh(const key_state& its) const {
  if (its.held == 0 || its.suspect) return false;
  const note& held = noted(its.held);
  return now_.mono - held.arrived < surely_fresh(held) && now_.wall < held.soft && now_.wall < held.hard;
}

duration ledger::age_of(const note& of, mono_time now) { return of.initial_age + (now - of.arrived); }

duration ledger::left_of(const note& of) const {
  const duration left = of.fresh - (now_.mono - of.arrived);
  return of.soft == wall_time::max() ? left : std::min<duration>(left, of.soft - now_.wall);
}

}  // namespace sidecache::simulation
