// What a client's own headers asked for (RFC 9111 §5.2.1, RFC 9110 §13.1), against what it was given.
#include <fmt/format.h>

#include "simulation/ledger.hpp"

namespace sidecache::simulation {
namespace {

bool says(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

}  // namespace

/// Whoever is told that nothing changed has these bytes, or asked by a date since when they have not changed.
void ledger::check_not_modified(const asking& by, const note& given, const note& bytes) {
  const condition& said = by.if_changed;
  const auto told = [&](std::string_view why) {
    return fmt::format("step {}: credential {} is told by answer {} that {} is what it has: {}", seq_, by.who,
                       given.serial, origin_.addresses()[by.where].path, why);
  };
  if (!given.is_record) return fail("P7", told("there is no such record"));
  if (said.any) return;
  if (!said.by_tag && !said.since) return fail("P7", told("it did not say that it has anything"));
  if (!said.by_tag) {
    if (given.changed > *said.since) fail("P7", told("it was changed since"));
    return;
  }
  if (said.has == 0) return fail("P7", told("it has another"));
  if (*noted(said.has).body != *bytes.body) fail("P7", told(fmt::format("it has answer {}", said.has)));
}

void ledger::check_wishes(const asking& by, const shown& what, const note& given) {
  const auto told = [&](std::string_view why) {
    return fmt::format("step {}: credential {} got answer {} for {}: {}", seq_, by.who, given.serial,
                       origin_.addresses()[by.where].path, why);
  };
  if (says(what.extra, "sidecache; hit")) {
    if (given.fetched.never_stored) fail("D", told("from memory, and who it was fetched for said no-store"));
    return check_fresh_enough(by, what, given);
  }
  if (by.wants.only_if_cached) fail("D", told("it was fetched, and asked for only if cached"));
  const bool too_old = by.wants.no_cache && given.asked < by.begun;
  if (too_old && !revalidated_just_before(by.who, by.where, by.begun_at))
    fail("D", told(fmt::format("asked for in step {}, before the no-cache of step {}", given.asked, by.begun)));
}

/// From memory. A client that wishes for more gets it all the same where the control plane can't be asked: it failed,
/// told the credential to slow down, or was asked for another's wish just before.
void ledger::check_fresh_enough(const asking& by, const shown& what, const note& given) {
  const auto told = [&](std::string_view why) {
    return fmt::format("step {}: credential {} got answer {} for {}, {} ms old and fresh for {} ms more: {}", seq_,
                       by.who, given.serial, origin_.addresses()[by.where].path, age_of(given, now_.mono) / 1ms,
                       left_of(given) / 1ms, why);
  };
  if (given.vague) return;
  const wishes& wants = by.wants;
  const key_state& its = key(by.who, by.where);
  const duration left = left_of(given);
  const bool limited = says(what.extra, "detail=revalidation-limited");
  if (limited && !wants.may_refuse()) fail("D", told("no wish was there that could be limited"));
  if (limited && !revalidated_just_before(by.who, by.where, now_.mono))
    fail("D", told("it was not revalidated just before"));
  if (says(what.extra, "detail=stale-error")) {
    if (wants.stale_if_error && -left > *wants.stale_if_error) fail("D", told("past the client's stale-if-error"));
    return;
  }
  // What came while it waited, by way of memory: it is as good as shared. But what no-cache gets is younger than that,
  // or another's wish had been asked for just before.
  const bool shared = by.begun != seq_ && given.landed >= by.begun;
  if (given.asked >= by.begun) return;
  if (shared && (!wants.no_cache || revalidated_just_before(by.who, by.where, by.begun_at))) return;
  const bool within_max_stale = wants.max_stale && -left <= *wants.max_stale;
  if (says(what.extra, "detail=max-stale") && (!within_max_stale || wants.min_fresh)) fail("D", told("past max-stale"));
  const bool failed = heard(its, {news::unreachable, news::doubtful});
  if (limited || failed || now_.mono < credentials_[by.who].perhaps_paused_until) return;
  if (wants.refuse(age_of(given, now_.mono), left)) fail("D", told("not what was asked for"));
  if (left <= duration{} && wants.max_age && !within_max_stale) fail("D", told("stale, and asked for by max-age"));
}

/// 504 to only-if-cached.
void ledger::check_not_cached(const asking& by, bool retired) {
  const auto told = [&](std::string_view why) {
    return fmt::format("step {}: credential {} gets 504 for {}: {}", seq_, by.who, origin_.addresses()[by.where].path,
                       why);
  };
  const key_state& its = key(by.who, by.where);
  if (!by.wants.only_if_cached) return fail("D", told("it did not ask for only what is cached"));
  if (retired || by.wants.may_refuse() || !is_surely_fresh(its)) return;
  fail("D", told(fmt::format("answer {} is held and fresh", its.held)));
}

}  // namespace sidecache::simulation
