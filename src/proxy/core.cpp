#include "proxy/core.hpp"

#include <algorithm>
#include <unordered_set>

#include "http/header_rules.hpp"
#include "proxy/entry_maker.hpp"
#include "proxy/jwt.hpp"
#include "proxy/pause.hpp"

namespace sidecache::proxy {
namespace {

constexpr std::size_t store_shards = 16;

/// Of a credential's keyed digest: enough to tell a page of entries apart, too few to be anybody's name.
constexpr std::size_t shown_digest_bytes = 4;

/// Beyond what nanoseconds reach a deadline is as good as none.
constexpr std::chrono::microseconds longest_told = std::chrono::hours(24 * 365 * 100);

std::size_t minor_bytes_of(const settings& s) { return s.max_bytes / 100 * s.negative_share; }

}  // namespace

struct core::arrival : attempt {
  const upstream_answer& answer;
  instant now;
  freshness_settings ours;
  judgement judged;
  http::origin_freshness origin;

  arrival(const attempt& asked, const upstream_answer& came, instant received, const freshness_settings& allowed,
          bool targeted)
      : attempt(asked),
        answer(came),
        now(received),
        ours(allowed),
        judged(judge(of.kind, came, confirming != nullptr)),
        origin(judged.verdict == verdict::confirmed
                   ? http::read_freshness(confirmed_fields(*confirming, came.head.fields), sent, received, targeted)
                   : http::read_freshness(came.head.fields, sent, received, targeted)) {}

  /// `cooling` at the time it was asked for: a replica that lagged then is not righted by an answer that took its time.
  [[nodiscard]] lifetime_input terms(bool cooling) const { return {ours, origin, of.credential_expires, cooling, now}; }
};

core::core(settings s, const clock& time, const process_keys& keys, tenure seat, std::shared_ptr<replica> with)
    : settings_(std::make_shared<const settings>(std::move(s))),
      in_force_(settings_.get()),
      longest_stale_(settings_->longest_stale().count()),
      kind_(settings_->kind),
      clock_(time),
      credential_key_(keys.credential_key),
      table_key_(keys.table_key),
      tenant_key_(keys.tenant_key),
      pseudonym_("sidecache-" + to_hex(keys.instance.data(), keys.instance.size())),
      bodies_(keys.table_key),
      store_(settings_->max_bytes, keyed_hash{keys.table_key}, store_shards, minor_bytes_of(*settings_)),
      generations_({.cool_down = settings_->cool_down}),
      dependencies_(keys.table_key),
      flights_(generations_, keys.table_key),
      tenure_(std::move(seat)),
      replica_(with ? std::move(with) : std::make_shared<replica>()),
      caught_up_(tenure_.others_wrote()),
      refreshes_(settings_->refresh_rate) {
  store_.count_besides(bodies_.held_bytes());
  for (auto& each : revalidated_) each.store(mono_time::min().time_since_epoch().count(), std::memory_order_relaxed);
  if (config().sync.heal) replica_->heals = true;
  if (replica_->epoch.empty()) replica_->epoch = to_hex(keys.instance.data(), keys.instance.size());
  replica_->join(*this);
}

core::~core() { replica_->leave(*this); }

std::shared_ptr<const settings> core::change(settings to) {
  auto next = std::make_shared<const settings>(std::move(to));
  longest_stale_ = std::max(longest_stale_.load(), next->longest_stale().count());
  in_force_.store(next.get(), std::memory_order_release);
  store_.set_bounds(next->max_bytes, minor_bytes_of(*next));
  generations_.set_cool_down(next->cool_down);
  refreshes_.set_rate(next->refresh_rate);
  return std::exchange(settings_, std::move(next));
}

landing_ptr core::settle(const attempt& asked, const std::expected<upstream_answer, failure>& came) {
  auto out = judged(asked, came);
  const std::uint64_t key = siphash(table_key_, asked.of.key);
  if (is_denial(out->verdict)) {
    asked_.forget(key);
  } else {
    asked_.note(key, asked.sent.mono);
  }
  return out;
}

std::shared_ptr<landing> core::judged(const attempt& asked, const std::expected<upstream_answer, failure>& came) {
  auto out = std::make_shared<landing>();
  if (!came) {
    out->verdict = judge(came.error());
    out->why = came.error();
    if (out->verdict == verdict::too_large) store_marker(asked);
    return out;
  }
  const instant now = clock_.now();
  const bool targeted = asked.held ? asked.held->cdn_cache_control : config().cdn_cache_control;
  arrival in(asked, *came, now, freshness_of(asked, now), targeted);
  if (in.now.mono - asked.sent.mono < config().stale_after) slow_.store(false, std::memory_order_relaxed);
  out->verdict = in.judged.verdict;
  switch (out->verdict) {
    case verdict::record:
    case verdict::confirmed:
      store_record(in, *out);
      break;
    case verdict::absent:
    case verdict::forbidden:
    case verdict::unauthorised:
      store_denial(in, *out);
      break;
    case verdict::throttled:
      pause(in.of, *came, in.now);
      break;
    default:
      break;
  }
  if (!out->answer && !out->why) out->answer = make_unstored(in.of, *came, in.flight.asked(), in.now);
  return out;
}

void core::store_marker(const attempt& asked) {
  const lookup& of = asked.of;
  const instant now = clock_.now();
  store_.erase(of.key);
  insert(asked, of.key, make_marker(of, asked.flight.asked(), now), dependencies_.of_negative(subject_of(of)), now);
}

void core::store_record(arrival& in, landing& out) {
  if (credentials_.granted(in.of.partition, in.now.mono))
    store_.mark_tagged(dependencies_.of_partition(in.of.partition), 0, cache::mark_partition_locked);
  const bool confirmed = in.judged.verdict == verdict::confirmed;
  if (confirmed) {
    auto facts = records::extract_facts(in.of.kind, in.confirming->bytes());
    if (facts) in.judged.facts = std::move(*facts);
  }
  const auto& facts = in.judged.facts;
  out.unknown_fields = facts.unknown_fields;
  out.unknown_values = facts.unknown_values;
  if (in.of.kind == records::kind::integration) dependencies_.known().learn(facts.id, facts.slug);

  if (in.of.kind == records::kind::api_key) dependencies_.known().learn_owner(in.of.partition, facts.id);

  const auto tags = dependencies_.of_record(subject_of(in.of), facts);
  const lifetime life = lifetime_of_record(in.terms(generations_.cooling(tags, in.sent.mono)), facts);
  auto made = confirmed ? make_confirmed(*in.confirming, in.answer, life, in.origin, in.flight.asked(), in.now)
                        : make_record(in.of, in.answer, life, in.origin, in.flight.asked(), in.now, bodies_);
  if (!made) {
    out.verdict = verdict::unavailable;
    out.why = failure{.kind = failure_kind::protocol, .sent = true, .detail = "a 304 for another version than ours"};
    return;
  }
  out.stored = in.may_store && life.storable() && insert(in, in.of.key, made, tags, in.now);
  // What the control plane says now wins over what is stored, even if it may not be stored itself.
  const bool latest = !in.flight.superseded() && generations_.intact(tags, in.flight.asked());
  out.overtaken = is_data_plane() && !latest;
  if (is_data_plane() && life.fresh <= duration{}) out.asked_at = in.sent.mono;
  if (!out.stored && latest) store_.erase(in.of.key);
  if (out.stored) store_.erase(denial_key(in.of.key));
  if (out.stored || confirmed) out.answer = std::move(made);
}

void core::store_denial(arrival& in, landing& out) {
  const entry_effect effect = consequence_of(in.judged.verdict).entry;
  const bool lock = effect == entry_effect::lock;
  if (lock) {
    store_.mark(in.of.key, cache::mark_locked);
    const auto denied = credentials_.denied(in.of.partition, siphash(table_key_, in.of.key));
    forget(denied.forgotten);
    if (denied.locks) store_.mark_tagged(dependencies_.of_partition(in.of.partition), cache::mark_partition_locked);
  }
  if (effect == entry_effect::replace) store_.erase(in.of.key);
  const auto tags = dependencies_.of_negative(subject_of(in.of));
  const lifetime life = lifetime_of_denial(in.judged.verdict, in.terms(generations_.cooling(tags, in.sent.mono)));
  if (!life.storable() || !in.may_store) return;
  auto made = make_denial(in.of, in.answer, life, in.origin, in.flight.asked(), in.now);
  out.stored = insert(in, lock ? denial_key(in.of.key) : in.of.key, made, tags, in.now);
  if (out.stored) out.answer = std::move(made);
}

bool core::insert(const attempt& by, std::string_view key, entry_ptr made, const cache::dependencies::tags& tags,
                  instant now) {
  if (!tenure_.holds()) return false;
  const std::uint64_t asked = made->asked;
  const cache_terms terms = terms_of(*made, by.of.partition, tags);
  return store_.insert(key, std::move(made), terms, now.mono,
                       [&] { return !by.flight.superseded() && generations_.intact(tags, asked); });
}

void core::pause(const lookup& of, const upstream_answer& answer, instant now) {
  const std::int64_t when = now.mono.time_since_epoch().count();
  std::string drawn_from(reinterpret_cast<const char*>(of.partition.data()), of.partition.size());
  drawn_from.append(reinterpret_cast<const char*>(&when), sizeof(when));
  const duration asked_for = pause_asked_for(answer.head.fields, now.wall);
  forget(credentials_.pause(of.partition, now.mono + with_jitter(asked_for, siphash(table_key_, drawn_from))));
}

void core::forget(const std::optional<digest128>& credential) {
  if (credential) store_.drop_tagged(dependencies_.of_partition(*credential));
}

coverage core::coverage_at(instant now) const {
  const mono_time since = now.mono - coverage_span;
  coverage made;
  std::unordered_set<std::uint64_t> held;
  store_.for_each([&](std::string_view key, const entry_ptr& e, std::uint8_t marks, mono_time used) {
    if (e->what != cache::entry_class::record) return true;
    held.insert(siphash(table_key_, key));
    const bool denied = (marks & (cache::mark_locked | cache::mark_partition_locked)) != 0;
    if (denied || used < since) return true;
    const bool servable = cache::usability_of(*e, marks, now) != cache::usability::unusable;
    // The hard deadline is the wall clock's, which may be stepped: as far as can be told now.
    const duration until_deadline = e->hard_deadline == cache::no_deadline
                                        ? duration::max()
                                        : duration{std::min(e->hard_deadline - now.wall, longest_told)};
    made.add(servable ? std::optional(std::min(e->usable_until - now.mono, until_deadline)) : std::nullopt);
    return true;
  });
  asked_.for_each_since(since, [&](std::uint64_t key) {
    if (!held.contains(key)) made.add(std::nullopt);
  });
  return made;
}

std::string core::fingerprint_of(const http::credential_view& who) const {
  return to_hex(partition_of(who).data(), shown_digest_bytes);
}

void core::for_each_entry(const std::function<bool(const cache::entry&, std::uint8_t, std::string_view)>& visit) const {
  store_.for_each([&](std::string_view key, const entry_ptr& entry, std::uint8_t marks, mono_time /*used*/) {
    return visit(*entry, marks, to_hex(reinterpret_cast<const unsigned char*>(key.data()), shown_digest_bytes));
  });
}

}  // namespace sidecache::proxy
