#include "proxy/core.hpp"

#include <algorithm>
#include <unordered_set>

#include "http/header_rules.hpp"
#include "proxy/entry_maker.hpp"
#include "proxy/jwt.hpp"
#include "proxy/pause.hpp"

namespace sidecache::proxy {
namespace {

/// Beside a record that is locked by a 401, the 401 itself, while it is being collapsed.
std::string denial_key(std::string_view key) { return std::string(key).append(1, '\0').append("denied"); }

constexpr std::size_t store_shards = 16;

/// Beyond what nanoseconds reach a deadline is as good as none.
constexpr std::chrono::microseconds longest_told = std::chrono::hours(24 * 365 * 100);

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
    : settings_(std::move(s)),
      clock_(time),
      credential_key_(keys.credential_key),
      table_key_(keys.table_key),
      tenant_key_(keys.tenant_key),
      pseudonym_("sidecache-" + to_hex(keys.instance.data(), keys.instance.size())),
      store_(settings_.max_bytes, keyed_hash{keys.table_key}, store_shards,
             settings_.max_bytes / 100 * settings_.negative_share),
      generations_({.cool_down = settings_.cool_down}),
      dependencies_(keys.table_key),
      flights_(generations_, keys.table_key),
      tenure_(std::move(seat)),
      replica_(with ? std::move(with) : std::make_shared<replica>()),
      caught_up_(tenure_.others_wrote()),
      refreshes_(settings_.refresh_rate) {
  for (auto& each : revalidated_) each.store(mono_time::min().time_since_epoch().count(), std::memory_order_relaxed);
  if (settings_.sync.heal) replica_->heals = true;
  if (replica_->epoch.empty()) replica_->epoch = to_hex(keys.instance.data(), keys.instance.size());
  replica_->join(*this);
}

core::~core() { replica_->leave(*this); }

void core::describe(const http::request_head& request, const plan& made, lookup& out) const {
  const auto credential = http::credential_of(request.fields);
  out.kind = made.target.kind;
  out.ident = made.target.ident;
  out.partition = partition_of(credential);
  out.credential_expires = credential_expiry(credential);
  if (is_data_plane()) out.client = client_of(credential.authorization);
  // Field values hold no NUL, so neither part can be taken for another.
  out.key.assign(reinterpret_cast<const char*>(out.partition.data()), out.partition.size());
  out.key.append(http::variant_key(request.fields)).append(1, '\0').append(request.target);
}

seen core::look(const lookup& of, instant now) {
  seen result;
  if (!tenure_.holds()) return result;
  catch_up();
  if (auto found = store_.find(of.key, now.mono)) {
    result.use = cache::usability_of(*found.value, found.marks, now);
    result.marks = found.marks;
    result.uses = found.uses;
    result.entry = std::move(found.value);
    if (result.use != cache::usability::unusable) return result;
  }
  if (auto denial = store_.find(denial_key(of.key), now.mono))
    return {.entry = denial.value, .use = cache::usability_of(*denial.value, denial.marks, now)};
  return result;
}

record_flights::boarded core::board(const lookup& of) {
  return flights_.board(of.key, dependencies_.of_read(subject_of(of)));
}

bool core::claims_refresh(const lookup& of, const seen& found, instant now) {
  // A gateway that joined such a flight after sync had named the record elsewhere would keep what nobody asked for.
  if (is_data_plane()) return false;
  if ((found.marks & cache::mark_refreshing) != 0 || found.uses < least_uses) return false;
  if (!is_refresh_due(*found.entry, found.uses, siphash(table_key_, of.key), settings_.refresh_ahead, now.mono))
    return false;
  if (!refreshes_.take(now.mono, found.uses)) return false;
  return store_.mark(of.key, cache::mark_refreshing);
}

bool core::may_revalidate(const lookup& of, instant now) const {
  const auto& place = revalidated_[siphash(table_key_, of.key) % revalidated_.size()];
  const mono_time last{mono_time::duration{place.load(std::memory_order_relaxed)}};
  return last == mono_time::min() || now.mono - last >= settings_.revalidation_interval;
}

void core::revalidates(const lookup& of, instant now) {
  auto& place = revalidated_[siphash(table_key_, of.key) % revalidated_.size()];
  place.store(now.mono.time_since_epoch().count(), std::memory_order_relaxed);
}

entry_ptr core::to_confirm(const lookup& of, instant now) {
  auto found = store_.find(of.key, now.mono);
  if (!found || found.value->what != cache::entry_class::record) return nullptr;
  const bool has_tag = !found.value->etag.empty() && !found.value->own_etag;
  return has_tag || !found.value->last_modified.empty() ? found.value : nullptr;
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
  arrival in(asked, *came, now, freshness_of(asked, now), settings_.cdn_cache_control);
  if (in.now.mono - asked.sent.mono < settings_.stale_after) slow_.store(false, std::memory_order_relaxed);
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
    auto facts = records::extract_facts(in.of.kind, *in.confirming->body);
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
                        : make_record(in.of, in.answer, life, in.origin, in.flight.asked(), in.now);
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

void core::for_each_entry(const std::function<bool(const cache::entry&, std::uint8_t, std::string_view)>& visit) const {
  store_.for_each([&](std::string_view key, const entry_ptr& entry, std::uint8_t marks, mono_time /*used*/) {
    // Four bytes of the keyed digest: enough to tell a page of entries apart, too few to be anybody's name.
    return visit(*entry, marks, to_hex(reinterpret_cast<const unsigned char*>(key.data()), 4));
  });
}

}  // namespace sidecache::proxy
