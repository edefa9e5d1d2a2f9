// What an answer to a lookup means: the table of the contract, as a table.
//
// Pure. The caller hands in what came; out come a verdict, what follows from it, and how long it may be kept.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "base/clock.hpp"
#include "http/freshness.hpp"
#include "proxy/origin.hpp"
#include "proxy/settings.hpp"
#include "records/facts.hpp"

namespace sidecache::proxy {

enum class verdict : std::uint8_t {
  record,          ///< 200 with a record of the asked kind
  confirmed,       ///< 304 to our validator
  absent,          ///< 404 in JSON
  forbidden,       ///< 403 in JSON; can also mean "deleted"
  unauthorised,    ///< 401 in JSON
  not_a_record,    ///< 200, complete, but something else: an HTML page, `[]`
  foreign_denial,  ///< 401, 403 or 404 not in JSON: a proxy, a firewall, a captive page
  throttled,       ///< 429, or we did not ask to spare ourselves
  unavailable,     ///< 5xx, or no complete answer at all
  too_large,       ///< complete so far, but over the limit for records
  other,           ///< anything else
};
constexpr std::size_t verdict_count = 11;

/// What becomes of the entry that the key holds already.
enum class entry_effect : std::uint8_t { keep, replace, erase, lock };

struct consequence {
  entry_effect entry;
  bool storable;     ///< the answer itself may be stored, for as long as lifetime_of() says
  bool stale_first;  ///< a stale entry is preferred to it, if one is allowed
  bool outage;       ///< the control plane can't be reached: even entries that need revalidation may be served stale
};
[[nodiscard]] const consequence& consequence_of(verdict v);
/// The control plane itself says that this credential gets no such record.
[[nodiscard]] constexpr bool is_denial(verdict v) {
  return v == verdict::absent || v == verdict::forbidden || v == verdict::unauthorised;
}

struct judgement {
  proxy::verdict verdict = verdict::unavailable;
  records::record_facts facts;  ///< with verdict::record
};

/// `conditional`: our request carried a validator, so that a 304 is an answer to it.
[[nodiscard]] judgement judge(records::kind kind, const upstream_answer& answer, bool conditional);
[[nodiscard]] verdict judge(const failure& why);

/// How long an answer may be kept. All zero: not at all.
struct lifetime {
  duration fresh{};
  duration revalidate{};  ///< stale-while-revalidate, from the end of `fresh`
  duration on_error{};    ///< stale-if-error, from the answer's arrival
  wall_time soft_deadline = wall_time::max();
  wall_time hard_deadline = wall_time::max();
  bool inactive = false;
  [[nodiscard]] bool storable() const { return fresh > duration{} || revalidate > duration{} || on_error > duration{}; }
};

struct lifetime_input {
  const freshness_settings& settings;
  const http::origin_freshness& origin;
  std::optional<wall_time> credential_expires;  ///< a JWT's exp
  bool cooling = false;  ///< when it was asked for, a write of what it depends on had ended only just then
  instant now;
};
/// For a record, as it came or as it was confirmed. "Only a deadline still ahead when the record came counts."
[[nodiscard]] lifetime lifetime_of_record(const lifetime_input& in, const records::record_facts& facts);
/// For a 401, 403 or 404 in JSON.
[[nodiscard]] lifetime lifetime_of_denial(verdict v, const lifetime_input& in);

}  // namespace sidecache::proxy
