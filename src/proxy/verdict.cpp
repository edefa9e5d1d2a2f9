#include "proxy/verdict.hpp"

#include <algorithm>

#include "http/header_rules.hpp"

namespace sidecache::proxy {
namespace {

using enum entry_effect;

constexpr std::array<consequence, verdict_count> consequences{{
    /* record         */ {replace, true, false, false},
    /* confirmed      */ {replace, true, false, false},
    /* absent         */ {replace, true, false, false},
    /* forbidden      */ {replace, true, false, false},
    /* unauthorised   */ {lock, true, false, false},
    /* not_a_record   */ {keep, false, true, false},
    /* foreign_denial */ {keep, false, true, false},
    /* throttled      */ {keep, false, true, false},
    /* unavailable    */ {keep, false, true, true},
    /* too_large      */ {erase, false, false, false},
    /* other          */ {keep, false, false, false},
}};

bool is_json(const upstream_answer& answer) {
  const auto type = answer.head.fields.find("content-type");
  if (!type || !http::is_json_content_type(*type)) return false;
  const auto first = answer.body.find_first_not_of(" \t\r\n");
  return first != std::string::npos && answer.body[first] == '{';
}

verdict judge_denial(unsigned status, const upstream_answer& answer) {
  if (!is_json(answer)) return verdict::foreign_denial;
  if (status == 401) return verdict::unauthorised;
  return status == 403 ? verdict::forbidden : verdict::absent;
}

bool is_inactive(const records::record_facts& facts, wall_time now) {
  using enum records::record_status;
  return facts.status == exhausted || facts.status == expired || facts.status == archived ||
         facts.unreadable_deadline || (facts.expires_at && *facts.expires_at <= now);
}

duration shorter(duration ours, std::optional<std::chrono::seconds> theirs) {
  return theirs ? std::min(ours, duration{*theirs}) : ours;
}

/// Ours and the origin's word, by the route's rule.
lifetime agreed(const lifetime_input& in, duration ttl) {
  const freshness_settings& ours = in.settings;
  lifetime life{.fresh = ttl, .revalidate = ours.stale_while_revalidate, .on_error = ours.stale_if_error};
  if (ours.rule == freshness_rule::settings) return life;
  const http::origin_freshness& theirs = in.origin;
  const bool origin_decides = ours.rule == freshness_rule::origin;
  const auto said =
      theirs.lifetime || !origin_decides ? theirs.lifetime : http::heuristic_lifetime(theirs, in.now.wall);
  if (said) {
    const duration left = std::max(duration{}, *said - theirs.initial_age);  // RFC 9111 §4.2
    life.fresh = origin_decides ? left : std::min(ttl, left);
  }
  if (origin_decides) {
    if (theirs.stale_while_revalidate) life.revalidate = *theirs.stale_while_revalidate;
    if (theirs.stale_if_error) life.on_error = *theirs.stale_if_error;
  } else {
    life.revalidate = shorter(life.revalidate, theirs.stale_while_revalidate);
    life.on_error = shorter(life.on_error, theirs.stale_if_error);
  }
  if (theirs.no_cache) life.fresh = duration{};
  if (theirs.no_cache || theirs.must_revalidate) life.revalidate = life.on_error = duration{};  // RFC 9111 §5.2.2.2
  return life;
}

}  // namespace

const consequence& consequence_of(verdict v) { return consequences[static_cast<std::size_t>(v)]; }

judgement judge(records::kind kind, const upstream_answer& answer, bool conditional) {
  const unsigned status = answer.head.status;
  judgement made{.verdict = verdict::other, .facts = {}};
  if (status == 200) {
    auto facts = records::extract_facts(kind, answer.body);
    made.verdict = facts ? verdict::record : verdict::not_a_record;
    if (facts) made.facts = std::move(*facts);
  } else if (status == 304 && conditional) {
    made.verdict = verdict::confirmed;
  } else if (status == 401 || status == 403 || status == 404) {
    made.verdict = judge_denial(status, answer);
  } else if (status == 429) {
    made.verdict = verdict::throttled;
  } else if (status >= 500) {
    made.verdict = verdict::unavailable;
  }
  return made;
}

verdict judge(const failure& why) {
  // Not asked is no outage: the control plane may be well, so what has to be revalidated first is not served unasked.
  if (why.kind == failure_kind::overloaded) return verdict::throttled;
  return why.kind == failure_kind::too_large ? verdict::too_large : verdict::unavailable;
}

lifetime lifetime_of_record(const lifetime_input& in, const records::record_facts& facts) {
  if (in.origin.no_store || in.origin.vary_unknown()) return {};
  const bool inactive = is_inactive(facts, in.now.wall);
  const duration ttl = inactive ? std::min(in.settings.ttl, in.settings.inactive_ttl) : in.settings.ttl;
  lifetime life = agreed(in, ttl);
  life.inactive = inactive;
  if (inactive) life.fresh = std::min(life.fresh, in.settings.inactive_ttl);
  if (in.cooling) {
    life.fresh = std::min(life.fresh, cooling_ttl);
    life.revalidate = duration{};  // what may be older than the write is not stretched
  }
  for (const auto& hard : {facts.expires_at, in.credential_expires})
    if (hard && *hard > in.now.wall) life.hard_deadline = std::min(life.hard_deadline, *hard);
  if (facts.next_usage_reset_at && *facts.next_usage_reset_at > in.now.wall)
    life.soft_deadline = *facts.next_usage_reset_at;
  return life;
}

lifetime lifetime_of_denial(verdict v, const lifetime_input& in) {
  if (in.origin.no_store || in.origin.vary_unknown()) return {};
  const duration longest = v == verdict::absent ? in.settings.negative_ttl : denial_ttl;
  lifetime life = agreed(in, longest);
  life.fresh = std::min({life.fresh, longest, in.cooling ? cooling_ttl : longest});
  life.revalidate = life.on_error = duration{};
  if (in.credential_expires && *in.credential_expires > in.now.wall) life.hard_deadline = *in.credential_expires;
  return life;
}

}  // namespace sidecache::proxy
