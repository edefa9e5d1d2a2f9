#include "simulation/ledger.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace sidecache::simulation {

ledger::ledger(const control_plane& origin, const proxy::settings& settings)
    : origin_(origin),
      settings_(settings),
      addresses_(static_cast<int>(origin.addresses().size())),
      notes_(1),
      keys_(origin.addresses().size() * origin.credentials().size()),
      credentials_(origin.credentials().size()),
      records_(origin.slots().size()),
      absences_(origin.slots().size()),
      data_plane_keys_(origin.slots().size()) {
  notes_.reserve(2048);
}

void ledger::fail(std::string_view promise, std::string what) {
  if (!found_) found_ = violation{std::string(promise), std::move(what)};
}

note& ledger::add(said what, std::uint32_t asked, mono_time sent) {
  note made;
  static_cast<said&>(made) = std::move(what);
  made.asked = asked;
  made.sent = sent;
  made.cooled = now_.mono < floor_of(made.who, made.where, !made.is_record).cool_until;
  return notes_.emplace_back(std::move(made));
}

ledger::stamp ledger::floor_of(int who, int where, bool absence) const {
  stamp out;
  const auto take = [&](const stamp& s) {
    out.done = std::max(out.done, s.done);
    out.maybe = std::max(out.maybe, s.maybe);
    out.cool_until = std::max(out.cool_until, s.cool_until);
  };
  const address& at = origin_.addresses()[where];
  const int record = origin_.resolve(who, at);
  if (record >= 0) take(absence ? absences_[record] : records_[record]);
  if (!absence && record >= 0 && at.kind == records::kind::virtual_key && at.on_data_plane())
    take(data_plane_keys_[record]);
  if (absence) take(negatives_[at.kind == records::kind::integration ? 0 : 1]);
  return out;
}

// Promise 5: one flight per key and generation, and none where the answer is there. And the 429's pause, which is the
// same promise's other half: asking has limits.
void ledger::fetch_begins(int who, int where, const std::vector<under_way>& others, const cache_figures& figures) {
  const auto told = [&](std::string_view why) {
    return fmt::format("step {}: credential {} asks for {} {}", seq_, who, origin_.addresses()[where].path, why);
  };
  for (const auto& other : others)
    if (other.who == who && other.where == where && other.asked > generation_)
      fail("P5", told("while it is being asked for already, and no write came between"));
  if (now_.mono < credentials_[who].paused_until) fail("P5", told("and was told to slow down"));
  notice_evictions(figures);
  const key_state& its = key(who, where);
  if (its.held == 0 || its.suspect) return;
  const note& held = notes_[its.held];
  // Whatever the cool-down, what came is fresh for a second. In the last tenth of its time what is in use may be
  // fetched ahead of its end.
  const duration surely = std::min(held.fresh, duration{1s});
  if (now_.mono - held.arrived < surely - surely / 10 && now_.wall < held.soft && now_.wall < held.hard)
    fail("P5", told("though it is held and fresh"));
}

void ledger::notice_evictions(const cache_figures& figures) {
  const auto evictions = figures.evicted + figures.evicted_expendable + figures.evicted_over_share;
  if (evictions == evictions_) return;
  evictions_ = evictions;
  for (auto& each : keys_) each.held = 0;
}

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
  // A header shortens, and what it allows has run since the request was sent (RFC 9111 §4.2.3).
  if (of.max_age) ttl = std::max(duration{}, std::min(ttl, duration{*of.max_age} - (now_.mono - of.sent)));
  of.fresh = of.cooled ? std::min(ttl, duration{1s}) : ttl;
  if (of.cooled) of.revalidate = duration{};
  if (of.no_store) of.fresh = of.revalidate = of.on_error = duration{};
}

void ledger::lands(int who, int where, std::uint32_t serial, news what, const cache_figures& figures) {
  key_state& its = key(who, where);
  its.heard = seq_;
  its.last = what;
  notice_evictions(figures);
  if (what == news::too_large) its.held = 0;
  if (serial == 0) return;
  note& n = notes_[serial];
  n.landed = seq_;
  n.arrived = now_.mono;
  set_lifetime(n);
  if (n.is_record) {
    record_lands(n);
  } else {
    denial_lands(n);
  }
}

void ledger::passes(int who, int where, std::uint32_t serial) {
  key_state& its = key(who, where);
  its.heard = seq_;
  its.last = news::relayed;
  if (serial == 0) return;
  notes_[serial].landed = seq_;
  notes_[serial].arrived = now_.mono;
}

void ledger::record_lands(note& record) {
  key_state& its = key(record.who, record.where);
  const bool overtaken = generation_ >= record.asked;
  its.held = overtaken || record.no_store ? 0 : record.serial;
  its.suspect = false;
  credential_state& c = credentials_[record.who];  // locked "until any 200"
  c.denied_records.clear();
  c.denied_keys.clear();
  c.locked = false;
}

void ledger::denial_lands(const note& denial) {
  key_state& its = key(denial.who, denial.where);
  its.denied = std::max(its.denied, denial.asked);
  its.held = 0;
  if (denial.status != 401) return;
  credential_state& c = credentials_[denial.who];
  c.last_denied = std::max(c.last_denied, denial.asked);
  c.denied_records.insert(denial.record >= 0 ? denial.record : 1000 + denial.where);
  c.denied_keys.insert(denial.where);
  if (c.denied_records.size() >= 3) c.locked = true;
  if (c.denied_keys.size() >= 3) forget_held(denial.who);  // may be locked; a later 200 gives them back, or not
}

void ledger::forget_held(int who) {
  for (int where = 0; where < addresses_; ++where) key(who, where).held = 0;
}

void ledger::ends(const touched& what, bool applied, bool cools) {
  const auto mark = [&](stamp& s) {
    (applied ? s.done : s.maybe) = seq_;
    if (cools) s.cool_until = std::max(s.cool_until, now_.mono + settings_.cool_down);
  };
  for (std::size_t i = 0; i < records_.size(); ++i) {
    if ((what.slots >> i & 1U) != 0) mark(records_[i]);
    if ((what.absences >> i & 1U) != 0) mark(absences_[i]);
    if ((what.data_plane_keys >> i & 1U) != 0) mark(data_plane_keys_[i]);
  }
  for (std::size_t i = 0; i < negatives_.size(); ++i)
    if (what.negatives[i]) mark(negatives_[i]);
  if (!what.perhaps_more) return;
  generation_ = seq_;
  for (auto& each : keys_) {
    if (applied) each.held = 0;  // sidecache may drop more than what is touched
    each.suspect = true;
  }
}

void ledger::restarts() {
  for (auto& each : notes_) each.landed = 0;
  for (auto& each : keys_) each = {};
  for (auto& each : credentials_) each = {};
  for (auto* stamps : {&records_, &absences_, &data_plane_keys_})
    for (auto& each : *stamps) each = {};
  negatives_ = {};  // what a cool-down was for is forgotten with the memory
  evictions_ = evicted_regular_ = 0;
}

asking ledger::asks(int who, int where, bool head_only) const {
  return {.who = who,
          .where = where,
          .head_only = head_only,
          .begun = seq_,
          .for_records = floor_of(who, where, false),
          .for_absence = floor_of(who, where, true),
          .denied = key(who, where).denied,
          .locked = credentials_[who].locked};
}

}  // namespace sidecache::simulation
