#include "simulation/ledger.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace sidecache::simulation {

ledger::ledger(const control_plane& origin, proxy::settings settings, std::uint32_t replica, same_place share_place)
    : origin_(origin),
      settings_(std::move(settings)),
      replica_(replica),
      share_place_(std::move(share_place)),
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

void ledger::reloads(proxy::settings to) { were_.emplace_back(now_.mono, std::exchange(settings_, std::move(to))); }

note& ledger::add(said what, std::uint32_t asked, mono_time sent, fetch_terms fetched) {
  note made;
  static_cast<said&>(made) = std::move(what);
  made.asked = asked;
  made.sent = sent;
  made.fetched = fetched;
  made.cooled = now_.mono < floor_of(made.who, made.where, !made.is_record).cool_until;
  return notes_.emplace_back(std::move(made));
}

void ledger::stamp::take(const stamp& other) {
  done = std::max(done, other.done);
  maybe = std::max(maybe, other.maybe);
  cool_until = std::max(cool_until, other.cool_until);
  elsewhere = std::max(elsewhere, other.elsewhere);
  elsewhere_at = std::max(elsewhere_at, other.elsewhere_at);
}

ledger::stamp ledger::floor_of(int who, int where, bool absence) const {
  const address& at = origin_.addresses()[where];
  const int record = origin_.resolve(who, at);
  stamp out = absence ? key(who, where).purged_absence : key(who, where).purged_record;
  if (record >= 0) out.take(absence ? absences_[record] : records_[record]);
  if (!absence && record >= 0 && at.kind == records::kind::virtual_key && at.on_data_plane())
    out.take(data_plane_keys_[record]);
  if (absence) out.take(negatives_[at.kind == records::kind::integration ? 0 : 1]);
  return out;
}

void ledger::notice_evictions(const cache_figures& figures) {
  const auto evictions = figures.evicted + figures.evicted_expendable + figures.evicted_over_share;
  if (evictions == evictions_) return;
  evictions_ = evictions;
  for (auto& each : keys_) each.held = 0;
}

void ledger::lands(int who, int where, std::uint32_t serial, news what, const cache_figures& figures) {
  key_state& its = key(who, where);
  hears(its, what);
  notice_evictions(figures);
  if (what == news::too_large) its.held = 0;
  if (serial == 0) return;
  note& n = notes_[serial / replicas];
  arrives(n);
  if (n.is_record) {
    record_lands(n);
  } else {
    denial_lands(n);
  }
}

void ledger::arrives(note& n) const {
  n.landed = seq_;
  n.arrived = now_.mono;
  if (n.status == 304 && n.fetched.held != 0) n.speaks = updated(noted(n.fetched.held).speaks, n.speaks);
  n.vague = n.status == 304 && n.fetched.held == 0;
  set_lifetime(n);
}

void ledger::lands_for_waiters(int who, int where, std::uint32_t serial, news what) {
  hears(key(who, where), what);
  if (serial != 0) arrives(notes_[serial / replicas]);
}

void ledger::passes(int who, int where, std::uint32_t serial) {
  key_state& its = key(who, where);
  hears(its, news::relayed);
  if (serial == 0) return;
  notes_[serial / replicas].landed = seq_;
  notes_[serial / replicas].arrived = now_.mono;
}

void ledger::record_lands(note& record) {
  key_state& its = key(record.who, record.where);
  const bool overtaken = generation_ >= record.asked;
  const bool stored = !record.vague && !overtaken && !owes_ && !record.no_store && !record.fetched.perhaps_not;
  its.stored = stored ? record.serial : 0;
  its.held = stored ? record.serial : 0;
  its.suspect = false;
  its.uses = 0;
  its.refreshed = false;
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

template <class Mark>
void ledger::for_each_stamp(const touched& what, Mark mark) {
  for (std::size_t i = 0; i < records_.size(); ++i) {
    if ((what.slots >> i & 1U) != 0) mark(records_[i]);
    if ((what.absences >> i & 1U) != 0) mark(absences_[i]);
    if ((what.data_plane_keys >> i & 1U) != 0) mark(data_plane_keys_[i]);
  }
  for (std::size_t i = 0; i < negatives_.size(); ++i)
    if (what.negatives[i]) mark(negatives_[i]);
}

void ledger::write_ends(const touched& what, bool applied) {
  for_each_stamp(what, [&](stamp& s) {
    (applied ? s.done : s.maybe) = seq_;
    s.cool_until = std::max(s.cool_until, now_.mono + settings_.cool_down);
  });
  if (!what.perhaps_more) return;
  generation_ = seq_;
  cooling_until_ = std::max(cooling_until_, now_.mono + settings_.cool_down);
  for (auto& each : keys_) {
    if (applied) each.held = 0;  // sidecache may drop more than what is touched
    each.suspect = true;
  }
}

void ledger::written_elsewhere(const touched& what) {
  for_each_stamp(what, [&](stamp& s) {
    s.elsewhere = seq_;
    s.elsewhere_at = now_.mono;
  });
}

void ledger::purges(const purge& what) {
  generation_ = seq_;  // a read under way may be overtaken whatever it reads
  for (int who = 0; who < static_cast<int>(credentials_.size()); ++who)
    for (int where = 0; where < addresses_; ++where) {
      const chosen meant = origin_.chosen_by(what, who, where);
      key_state& its = key(who, where);
      if (meant.untouched) continue;
      if (meant.record) (what.soft ? its.purged_record.maybe : its.purged_record.done) = seq_;
      if (meant.absence) (what.soft ? its.purged_absence.maybe : its.purged_absence.done) = seq_;
      if (!what.soft) its.held = 0;
      its.suspect = true;
    }
}

void ledger::restarts() {
  for (auto& each : notes_) each.landed = 0;
  for (auto& each : keys_) each = {};
  for (auto& each : credentials_) each = {};
  for (auto* stamps : {&records_, &absences_, &data_plane_keys_})
    for (auto& each : *stamps) each = {};
  negatives_ = {};  // what a cool-down was for is forgotten with the memory
  refreshes_.clear();
  evictions_ = evicted_regular_ = 0;
  owes_ = false;
}

void ledger::is_succeeded() {
  for (auto& each : notes_) each.landed = 0;
  for (auto& each : keys_)
    each = {.purged_record = each.purged_record,
            .purged_absence = each.purged_absence,
            .denied = each.denied,
            .perhaps_forced = each.perhaps_forced};  // of those who still wait at the old one
  for (auto& each : credentials_) each = {};
  for (auto* stamps : {&records_, &absences_, &data_plane_keys_})
    for (auto& each : *stamps) each.cool_until = mono_time::min();
  for (auto& each : negatives_) each.cool_until = mono_time::min();
  refreshes_.clear();
  evictions_ = evicted_regular_ = 0;
  owes_ = false;
}

void ledger::owes_catching_up() {
  owes_ = true;
  for (auto& each : keys_) each.held = 0;
}

void ledger::catches_up() {
  if (!std::exchange(owes_, false)) return;
  generation_ = seq_;
  cooling_until_ = std::max(cooling_until_, now_.mono + settings_.cool_down);
  for (auto& each : keys_) each.held = 0;
}

asking ledger::asks(int who, int where, bool head_only, const wishes& wants, const condition& if_changed) {
  const bool passed_by = settings_.mode != proxy::mode::on;
  // Every look into memory counts as a use: one where memory answers, more where it is refused.
  if (!passed_by) key(who, where).uses += wants.may_refuse() ? uses_before_refresh : 1;
  return {.who = who,
          .where = where,
          .head_only = head_only,
          .passed_by = passed_by,
          .if_changed = if_changed,
          .wants = settings_.client_directives && !passed_by ? wants : wishes{},
          .begun = seq_,
          .begun_at = now_.mono,
          .for_records = floor_of(who, where, false),
          .for_absence = floor_of(who, where, true),
          .denied = key(who, where).denied,
          .locked = credentials_[who].locked};
}

}  // namespace sidecache::simulation
