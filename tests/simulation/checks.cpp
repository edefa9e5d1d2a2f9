// The promises, one by one, for an answer that a client was given, and for what is held.
#include <fmt/format.h>

#include <charconv>

#include "simulation/ledger.hpp"

namespace sidecache::simulation {
namespace {

bool has(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

}  // namespace

std::uint32_t ledger::serial_of(std::string_view head) {
  constexpr std::string_view name = "X-Answer: ";
  const auto at = head.find(name);
  std::uint32_t serial = 0;
  if (at != std::string_view::npos) std::from_chars(head.data() + at + name.size(), head.data() + head.size(), serial);
  return serial;
}

void ledger::answered(const asking& by, const shown& what) {
  const std::uint32_t serial = serial_of(what.head);
  if (serial == 0) {
    check_own_error(by, what);
  } else if (const note* given = this->serial(serial); given != nullptr) {
    check_answer(by, what, *given);
  } else {
    fail("P7", fmt::format("an answer {} that the control plane never gave", serial));
  }
  check_held(by, what, serial);
}

void ledger::check_answer(const asking& by, const shown& what, const note& given) {
  const auto told = [&](std::string_view why) {
    return fmt::format("step {}: credential {} got answer {} ({}) for {}: {}", seq_, by.who, given.serial, what.status,
                       origin_.addresses()[by.where].path, why);
  };
  if (given.who != by.who) fail("P1", told(fmt::format("it was given to credential {}", given.who)));
  if (given.where != by.where) fail("P1", told(fmt::format("it is about {}", origin_.addresses()[given.where].path)));
  const unsigned status = given.confirms != 0 ? 200 : given.status;
  if (what.status == 304 && by.has != 0) {
    if (*notes_[by.has].body != *given.body) fail("P7", told(fmt::format("the client has answer {}", by.has)));
    return check_times(by, what, given);
  }
  if (what.status != status) fail("P7", told(fmt::format("its status was {}", status)));
  if (!by.head_only && what.body != *given.body) fail("P7", told("its body was another"));
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
  const bool outage = its.heard == seq_ && its.last == news::unreachable;
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
}

void ledger::check_age(const asking& /*by*/, const shown& what, const note& given) {
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
  if (now_.mono >= given.usable_until()) fail("P4", told("past its end"));
  if (has(what.extra, "detail=stale-error")) {
    if (!given.is_record) fail("P4", told("a denial is not served stale"));
    return;
  }
  const bool revalidating = has(what.extra, "detail=stale-while-revalidate");
  if (now_.wall >= given.soft) fail("P4", told("fresh past its soft deadline"));
  if (age >= given.fresh + (revalidating ? given.revalidate : duration{}))
    fail("P4", told(fmt::format("{} past {} ms", revalidating ? "revalidated" : "fresh", given.fresh / 1ms)));
}

void ledger::check_own_error(const asking& by, const shown& what) {
  const key_state& its = key(by.who, by.where);
  if (its.heard == seq_ && its.last == news::relayed) return;
  const bool failed = its.heard == seq_ && (its.last == news::unreachable || its.last == news::died);
  const bool handed_on = its.heard == seq_ && (its.last == news::doubtful || its.last == news::other);
  if (handed_on && what.status != 502 && what.status != 504) return;
  if ((what.status == 502 || what.status == 504 || what.status == 503) && failed) return;
  if (what.status == 429 && now_.mono < credentials_[by.who].perhaps_paused_until) return;
  fail("P5", fmt::format("step {}: {} for credential {}, {}, without a reason", seq_, what.status, by.who,
                         origin_.addresses()[by.where].path));
}

// Promise 10, and the same for answers that are no reason to let go of what is held.
void ledger::check_held(const asking& by, const shown& what, std::uint32_t given) {
  const key_state& its = key(by.who, by.where);
  if (its.heard != seq_ || its.held == 0) return;
  const note& held = notes_[its.held];
  const bool may = its.last == news::unreachable || (its.last == news::doubtful && !its.suspect);
  if (!may || now_.wall >= held.hard || now_.mono >= held.arrived + held.on_error) return;
  if (given != its.held)
    fail("P10", fmt::format("step {}: credential {} got {} for {}, though answer {} is held and may be served stale",
                            seq_, by.who, what.status, origin_.addresses()[by.where].path, its.held));
}

void ledger::after_step(const proxy::core& memory) {
  const cache_figures figures = memory.figures();
  if (figures.bytes > settings_.max_bytes) fail("P6", fmt::format("{} bytes are held", figures.bytes));
  const bool evicted = figures.evicted != evicted_regular_;
  if (evicted || seq_ % 64 == 0) check_memory(memory, figures);
  evicted_regular_ = figures.evicted;
}

// Promise 6: the bound covers what is really there, and negatives and inactive records make room first.
void ledger::check_memory(const proxy::core& memory, const cache_figures& now) {
  std::size_t bytes = 0;
  bool expendable = false;
  memory.for_each_entry([&](const cache::entry& e, std::uint8_t, std::string_view) {
    bytes += sizeof e + e.head.size() + (e.body ? e.body->size() : 0);
    expendable = expendable || e.what != cache::entry_class::record || e.inactive;
    return true;
  });
  if (bytes > settings_.max_bytes) fail("P6", fmt::format("{} bytes of answers are held", bytes));
  if (expendable && now.evicted != evicted_regular_)
    fail("P6", "a record was evicted while a negative or inactive one was held");
}

}  // namespace sidecache::simulation
