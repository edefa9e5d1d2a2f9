// How long an answer may be used, by the contract and the RFCs alone.
#include <algorithm>

#include "simulation/ledger.hpp"

namespace sidecache::simulation {

/// How long the answer may be used: control-plane.md §6, "Deadlines".
void ledger::set_lifetime(note& of) const {
  const auto& ours = settings_.freshness;
  const wall_time jwt = origin_.credentials()[of.who].expires;
  const auto ahead = [&](wall_time deadline) { return deadline > now_.wall ? deadline : wall_time::max(); };
  of.hard = ahead(jwt);
  duration ttl = of.status == 404 ? ours.negative_ttl : duration{1s};
  if (of.is_record) {
    of.hard = std::min(of.hard, ahead(of.expires_at));
    of.soft = ahead(of.resets_at);
    const bool inactive = of.status_shown != standing::active || of.unreadable_deadline || of.expires_at <= now_.wall;
    ttl = inactive ? std::min(ours.ttl, ours.inactive_ttl) : ours.ttl;
    of.revalidate = ours.stale_while_revalidate;
    of.on_error = ours.stale_if_error;
  }
  of.initial_age = now_.mono - of.sent;
  // A header shortens, and what it allows has run since the request was sent (RFC 9111 §4.2.3).
  if (of.max_age) ttl = std::max(duration{}, std::min(ttl, duration{*of.max_age} - (now_.mono - of.sent)));
  of.fresh = of.cooled ? std::min(ttl, duration{1s}) : ttl;
  if (of.cooled) of.revalidate = duration{};
  if (of.no_store) of.fresh = of.revalidate = of.on_error = duration{};
}

duration ledger::surely_fresh(const note& of) const {
  return of.sent < cooling_until_ ? std::min(of.fresh, duration{1s}) : of.fresh;
}

bool ledger::is_surely_fresh(const key_state& its) const {
  if (its.held == 0 || its.suspect) return false;
  const note& held = notes_[its.held];
  return now_.mono - held.arrived < surely_fresh(held) && now_.wall < held.soft && now_.wall < held.hard;
}

duration ledger::age_of(const note& of, mono_time now) { return of.initial_age + (now - of.arrived); }

duration ledger::left_of(const note& of) const {
  const duration left = of.fresh - (now_.mono - of.arrived);
  return of.soft == wall_time::max() ? left : std::min<duration>(left, of.soft - now_.wall);
}

}  // namespace sidecache::simulation
