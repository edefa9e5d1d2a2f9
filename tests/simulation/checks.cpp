// The promises, one by one, for an answer that a client was given, and for what is held.
#include <fmt/format.h>
#include <set>

#include <bit>
#include <charconv>

#include "simulation/ledger.hpp"

namespace sidecache::simulation {
namespace {

bool has(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

}  // namespace

std::uint32_t ledger::serial_of(std::string_view head, std::string_view field) {
  const std::string name = std::string(field) + ": ";
  const auto at = head.find(name);
  std::uint32_t serial = 0;
  if (at != std::string_view::npos) std::from_chars(head.data() + at + name.size(), head.data() + head.size(), serial);
  return serial;
}

void ledger::answered(const asking& by, const shown& what, bool retired) {
  const std::uint32_t serial = serial_of(what.head);
  key_state& its = key(by.who, by.where);
  const bool hit = has(what.extra, "sidecache; hit");
  if (by.passed_by && hit) fail("M", fmt::format("step {}: memory answers in bypass", seq_));
  if (retired && hit) fail("P2", fmt::format("step {}: a worker that was succeeded answers from memory", seq_));
  if (by.begun == seq_ && hit) {
    its.hit = seq_;
  } else if (hit || its.held != serial) {
    its.uses += uses_before_refresh;  // looked for more than once on its way
  }
  if (serial == 0) {
    check_own_error(by, what, retired);
  } else if (const note* given = this->serial(serial); given != nullptr) {
    check_answer(by, what, *given);
  } else {
    fail("P7", fmt::format("an answer {} that the control plane never gave", serial));
  }
  if (!retired && !by.passed_by) check_held(by, what, serial);
}

void ledger::check_answer(const asking& by, const shown& what, const note& given) {
  const auto told = [&](std::string_view why) {
    return fmt::format("step {}: credential {} got answer {} ({}) for {}: {}", seq_, by.who, given.serial, what.status,
                       origin_.addresses()[by.where].path, why);
  };
  if (given.who != by.who) fail("P1", told(fmt::format("it was given to credential {}", given.who)));
  if (given.where != by.where) fail("P1", told(fmt::format("it is about {}", origin_.addresses()[given.where].path)));
  // The bytes are those of an answer that a 304 may have confirmed since, by its tag or by its date.
  const note* const named = serial(serial_of(what.head, "X-Bytes"));
  const note& bytes = given.status == 304 && named != nullptr ? *named : given;
  const bool same = bytes.who == given.who && bytes.where == given.where &&
                    bytes.version_number == given.version_number && bytes.resets_at == given.resets_at &&
                    (given.confirms == 0 || given.confirms == bytes.serial);
  if (&bytes != &given && !same) return fail("P7", told("it confirmed another"));
  if (what.status == 304) {
    check_not_modified(by, given, bytes);
    return check_times(by, what, given);
  }
  if (what.status != bytes.status) fail("P7", told(fmt::format("its status was {}", bytes.status)));
  if (!by.head_only && what.body != *bytes.body) fail("P7", told("its body was another"));
  check_times(by, what, given);
}

void ledger::check_times(const asking& by, const shown& what, const note& given) {
  const auto told = [&](std::string_view why) {
    return fmt::format("step {}: credential {} got answer {} ({}) for {}: {}", seq_, by.who, given.serial, what.status,
                       origin_.addresses()[by.where].path, why);
  };
  if (given.landed == 0) fail("P2", told("it has not come yet, or before a restart"));

  const bool stale_error = has(what.extra, "detail=stale-error");
  const floors& least = given.is_record ? by.for_records : by.for_absence;
  if (given.asked < least.done)
    fail("P2",
         told(fmt::format("asked in step {}, before a write was answered 2xx in step {}", given.asked, least.done)));
  const key_state& its = key(by.who, by.where);
  const bool outage = heard(its, {news::unreachable});
  if (given.asked < least.maybe && !(stale_error && outage))
    fail("P2", told(fmt::format("asked in step {}, and a write that ended in step {} may have been applied",
                                given.asked, least.maybe)));
  if (given.is_record && given.asked < by.denied)
    fail("P3", told(fmt::format("asked in step {}, older than a denial asked in step {}", given.asked, by.denied)));
  const credential_state& c = credentials_[by.who];
  const bool from_memory = has(what.extra, "sidecache; hit");
  if (from_memory && given.is_record && by.locked && c.locked && given.asked < c.last_denied)
    fail("P3", told("401 on three records had locked the credential's partition"));
  check_age(by, what, given);
  check_wishes(by, what, given);
}

void ledger::check_age(const asking& by, const shown& what, const note& given) {
  const auto told = [&](std::string_view why) {
    return fmt::format("step {}: answer {} for {}, come {} ms ago: {}", seq_, given.serial,
                       origin_.addresses()[given.where].path,
                       std::chrono::duration_cast<std::chrono::milliseconds>(now_.mono - given.arrived).count(), why);
  };
  if (!has(what.extra, "sidecache; hit")) {
    if (given.landed != seq_) fail("P4", told("from memory, and not marked so"));
    return;
  }
  const duration age = now_.mono - given.arrived;
  if (now_.wall >= given.hard) fail("P4", told("past its hard deadline"));
  const auto told_age = serial_of(what.extra, "Age");
  if (told_age != age_of(given, now_.mono) / 1s) fail("P4", told(fmt::format("Age says {}", told_age)));
  if (given.vague) return;
  if (now_.mono >= given.usable_until()) fail("P4", told("past its end"));
  if (has(what.extra, "detail=stale-error")) {
    if (!given.is_record) fail("P4", told("a denial is not served stale"));
    if (age >= given.on_error) fail("P4", told("past its stale-if-error"));
    return;
  }
  if (has(what.extra, "detail=max-stale")) {
    if (!given.is_record || age >= given.on_error) fail("P4", told("may not be served stale"));
    return;
  }
  // What a write through another replica changed is served for its time, counted from when it had come, and no longer.
  const floors& least = given.is_record ? by.for_records : by.for_absence;
  if (given.asked < least.elsewhere &&
      now_.mono - std::max(least.elsewhere_at, given.arrived) >= given.fresh + given.revalidate)
    fail("P2", told(fmt::format("another replica wrote in step {}", least.elsewhere)));
  const bool revalidating =
      has(what.extra, "detail=stale-while-revalidate") || has(what.extra, "detail=revalidation-limited");
  if (now_.wall >= given.soft) fail("P4", told("fresh past its soft deadline"));
  if (age >= given.fresh + (revalidating ? given.revalidate : duration{}))
    fail("P4", told(fmt::format("{} past {} ms", revalidating ? "revalidated" : "fresh", given.fresh / 1ms)));
}

void ledger::check_own_error(const asking& by, const shown& what, bool retired) {
  if (has(what.extra, "detail=only-if-cached")) return check_not_cached(by, retired);
  const key_state& its = key(by.who, by.where);
  if (heard(its, {news::relayed})) return;
  const bool failed = heard(its, {news::unreachable, news::died});
  const bool handed_on = heard(its, {news::doubtful, news::other});
  if (handed_on && what.status != 502 && what.status != 504) return;
  if ((what.status == 502 || what.status == 504 || what.status == 503) && failed) return;
  if (what.status == 502 && its.died >= by.begun) return;  // it boards three flights, and one too old for it is one
  if (what.status == 429 && now_.mono < credentials_[by.who].perhaps_paused_until) return;
  fail("P5", fmt::format("step {}: {} for credential {}, {}, without a reason", seq_, what.status, by.who,
                         origin_.addresses()[by.where].path));
}

// Promise 10, and the same for answers that are no reason to let go of what is held.
void ledger::check_held(const asking& by, const shown& what, std::uint32_t given) {
  const key_state& its = key(by.who, by.where);
  if (its.heard != seq_ || its.held == 0) return;
  const note& held = noted(its.held);
  const bool alone = std::has_single_bit(its.said);  // else it may have been answered by the other
  const bool may = alone && (heard(its, {news::unreachable}) || (heard(its, {news::doubtful}) && !its.suspect));
  // Whose lookups pause may not ask for what has to be revalidated, and the outage was another flight's.
  if (its.suspect && what.status == 429 && now_.mono < credentials_[by.who].perhaps_paused_until) return;
  if (!may || now_.wall >= held.hard || now_.mono >= held.arrived + held.on_error) return;
  const duration stale = std::max<duration>(now_.mono - held.arrived - surely_fresh(held),
                                            held.soft == wall_time::max() ? duration::min() : now_.wall - held.soft);
  if (by.wants.stale_if_error && stale > *by.wants.stale_if_error) return;  // the client refuses it
  if (given != its.held)
    fail("P10", fmt::format("step {}: credential {} got {} for {}, though answer {} is held and may be served stale",
                            seq_, by.who, what.status, origin_.addresses()[by.where].path, its.held));
}

// The other half of promise 10: who may be served stale does not wait for long.
void ledger::waits(const asking& by) {
  const key_state& its = key(by.who, by.where);
  const duration patience = most_since(by.begun_at, &proxy::settings::stale_after);
  if (now_.mono - by.begun_at <= patience || its.held == 0 || its.suspect || its.died >= by.begun) return;
  if (by.wants.may_refuse() || by.wants.stale_if_error || by.passed_by) return;
  const note& held = noted(its.held);
  if (held.landed >= by.begun || now_.mono >= held.arrived + held.on_error || held.hard != wall_time::max()) return;
  fail("P10", fmt::format("step {}: credential {} waits for {} since step {}, though answer {} may be served stale",
                          seq_, by.who, origin_.addresses()[by.where].path, by.begun, its.held));
}

void ledger::after_step(const proxy::core& memory) {
  const cache_figures figures = memory.figures();
  notice_evictions(figures);
  if (figures.bytes > settings_.max_bytes) fail("P6", fmt::format("{} bytes are held", figures.bytes));
  const bool evicted = figures.evicted != evicted_regular_;
  if (evicted || seq_ % 64 == 0) check_memory(memory, figures);
  evicted_regular_ = figures.evicted;
}

// Promise 6: the bound covers what is really there, and negatives and inactive records make room first.
void ledger::check_memory(const proxy::core& memory, const cache_figures& now) {
  std::size_t bytes = 0;
  bool expendable = false;
  std::set<const cache::bodies::copy*> bodies;  // several credentials may have the same one
  memory.for_each_entry([&](const cache::entry& e, std::uint8_t, std::string_view) {
    bytes += sizeof e + e.head.size() + (e.body && bodies.insert(e.body.get()).second ? e.bytes().size() : 0);
    expendable = expendable || e.what != cache::entry_class::record || e.inactive;
    return true;
  });
  if (bytes > settings_.max_bytes) fail("P6", fmt::format("{} bytes of answers are held", bytes));
  if (expendable && now.evicted != evicted_regular_)
    fail("P6", "a record was evicted while a negative or inactive one was held");
}

}  // namespace sidecache::simulation
