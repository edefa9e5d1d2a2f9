// Why the control plane is asked: promise 5, and its other half, that asking has limits.
#include <fmt/format.h>

#include <algorithm>

#include "simulation/ledger.hpp"

namespace sidecache::simulation {

fetch_terms ledger::fetch_begins(int who, int where, const std::vector<under_way>& others,
                                 const std::vector<const asking*>& waiting, const cache_figures& figures) {
  const auto told = [&](std::string_view why) {
    return fmt::format("step {}: credential {} asks for {} {}", seq_, who, origin_.addresses()[where].path, why);
  };
  catches_up();
  key_state& its = key(who, where);
  for (const auto& other : others)
    if (other.who == who && other.where == where && other.asked > generation_)
      fail("P5", told("while it is being asked for already, and no write came between"));
  if (now_.mono < credentials_[who].paused_until) fail("P5", told("and was told to slow down"));
  const bool behind = its.hit == seq_;  // an answer from memory: fetched ahead of its end, or after it
  if (waiting.empty() && !behind) fail("P5", told("and nobody is there who asked"));

  notice_evictions(figures);
  check_fetch_of_fresh(who, where, waiting);
  const auto refuses_storing = [](const asking* each) { return each->wants.no_store; };
  if (std::ranges::any_of(waiting, [](const asking* each) { return each->wants.may_refuse(); }))
    its.perhaps_forced = now_.mono;
  return {.held = its.stored,
          .never_stored = !behind && !waiting.empty() && std::ranges::all_of(waiting, refuses_storing),
          .perhaps_not = std::ranges::any_of(waiting, refuses_storing),
          .freshness = route_of(where),
          .cdn_cache_control = settings_.cdn_cache_control};
}

/// What is held and fresh is asked for only by a client's wish, once in an interval, or ahead of its end.
void ledger::check_fetch_of_fresh(int who, int where, const std::vector<const asking*>& waiting) {
  key_state& its = key(who, where);
  if (!is_surely_fresh(its)) return;
  const note& held = noted(its.held);
  const auto told = [&](std::string_view why) {
    return fmt::format("step {}: credential {} asks for {} though answer {} is held and fresh {}", seq_, who,
                       origin_.addresses()[where].path, its.held, why);
  };
  if (its.hit == seq_) return check_refresh_ahead(who, where);
  const duration age = age_of(held, now_.mono);
  const duration left = std::min(left_of(held), surely_fresh(held) - (now_.mono - held.arrived));
  const bool wished = std::ranges::any_of(waiting, [&](const asking* each) { return each->wants.refuse(age, left); });
  if (!wished) return fail("P5", told("and no client refuses it"));
  if (its.forced != mono_time::min() && now_.mono - its.forced < settings_.revalidation_interval)
    fail("P5", told("and a client's directives did the same just before"));
  its.forced = now_.mono;
}

void ledger::check_refresh_ahead(int who, int where) {
  key_state& its = key(who, where);
  const note& held = noted(its.held);
  const auto told = [&](std::string_view why) {
    return fmt::format("step {}: credential {}'s {} is refreshed ahead {}", seq_, who, origin_.addresses()[where].path,
                       why);
  };
  const duration fresh = surely_fresh(held);
  if (settings_.refresh_ahead == 0) return fail("P5", told("and is not to be"));
  if (its.uses < uses_before_refresh) fail("P5", told(fmt::format("and was used {} times", its.uses)));
  if (now_.mono - held.arrived < fresh - fresh / 100 * static_cast<int>(settings_.refresh_ahead))
    fail("P5", told("too early"));
  if (its.refreshed) fail("P5", told("a second time"));
  its.refreshed = true;
  // In any second what flows in, and a full budget at its beginning.
  while (!refreshes_.empty() && now_.mono - refreshes_.front() >= 1s) refreshes_.pop_front();
  refreshes_.push_back(now_.mono);
  if (refreshes_.size() > 2 * most_since(now_.mono - 1s, &proxy::settings::refresh_rate))
    fail("P5", told(fmt::format("as the {}. of one second", refreshes_.size())));
}

bool ledger::revalidated_just_before(int who, int where, mono_time at) const {
  const duration interval = most_since(at, &proxy::settings::revalidation_interval);
  for (int other_who = 0; other_who < static_cast<int>(credentials_.size()); ++other_who)
    for (int other = 0; other < addresses_; ++other) {
      const mono_time last = key(other_who, other).perhaps_forced;
      if (last == mono_time::min() || at - last >= interval) continue;
      if ((who == other_who && where == other) || share_place_(who, where, other_who, other)) return true;
    }
  return false;
}

}  // namespace sidecache::simulation
