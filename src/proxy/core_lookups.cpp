// The part of core that lookups ask before anything is fetched: keys, what is stored under them, what is due.
#include "http/header_rules.hpp"
#include "proxy/core.hpp"
#include "proxy/jwt.hpp"

namespace sidecache::proxy {
namespace {

/// A key up to its target. Field values hold no NUL, so neither part can be taken for another.
void write_key(const digest128& partition, const http::fields& request, std::string& out) {
  out.assign(reinterpret_cast<const char*>(partition.data()), partition.size());
  out.append(http::variant_key(request)).append(1, '\0');
}

}  // namespace

std::string core::denial_key(std::string_view key) {
  static constexpr std::string_view behind("\0denied", 7);
  std::string made;
  made.reserve(key.size() + behind.size());
  made.append(key).append(behind);
  return made;
}

void core::begin_lookup(const http::fields& request, last_partition& last, lookup& out) const {
  const auto credential = http::credential_of(request);
  out.partition = last.of(credential, [this](const http::credential_view& who) { return partition_of(who); });
  out.credential_expires = credential_expiry(credential);
  if (is_data_plane()) out.client = client_of(credential.authorization);
  write_key(out.partition, request, out.key);
}

void core::end_lookup(std::string_view target, const plan& made, lookup& out) {
  out.kind = made.target.kind;
  out.ident = made.target.ident;
  out.key.append(target);
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

entry_ptr core::look_for_hit(std::string_view key, std::uint64_t hash, instant now) {
  if (!tenure_.holds()) return nullptr;
  catch_up();
  const auto is_hit = [&](const cache::entry& e, std::uint8_t marks, std::uint32_t uses) {
    e.prefetch();
    return e.what != cache::entry_class::marker && cache::usability_of(e, marks, now) == cache::usability::fresh &&
           !may_refresh(e, marks, uses, now);
  };
  return store_.find_if(key, hash, now.mono, is_hit).value;
}

/// Without the salt, which takes a hash: whether claims_refresh() may be true.
bool core::may_refresh(const cache::entry& e, std::uint8_t marks, std::uint32_t uses, instant now) const {
  // A gateway that joined such a flight after sync had named the record elsewhere would keep what nobody asked for.
  if (is_data_plane() || (marks & cache::mark_refreshing) != 0) return false;
  return is_refresh_due(e, uses, most_salt, config().refresh_ahead, now.mono);
}

record_flights::boarded core::board(const lookup& of) {
  return flights_.board(of.key, dependencies_.of_read(subject_of(of)));
}

record_flights::boarded core::board_alone(const lookup& of) {
  std::string key = of.key;
  key.append("\0alone", 6).append(std::to_string(alone_.fetch_add(1, std::memory_order_relaxed)));
  return flights_.board(key, {});
}

core::read_mark core::mark_read(const lookup& of) const {
  read_mark made{.depends_on = dependencies_.of_read(subject_of(of)), .asked = generations_.begin_read()};
  made.writing = replica_->open.any_of(made.depends_on);
  return made;
}

/// A write that began in between has a higher number, whether it is over or not.
bool core::is_overtaken(const read_mark& since) const {
  return since.writing || !generations_.intact(since.depends_on, since.asked);
}

bool core::claims_refresh(const lookup& of, const seen& found, instant now) {
  if (!may_refresh(*found.entry, found.marks, found.uses, now)) return false;
  if (!is_refresh_due(*found.entry, found.uses, siphash(table_key_, of.key), config().refresh_ahead, now.mono))
    return false;
  if (!refreshes_.take(now.mono, found.uses)) return false;
  return store_.mark(of.key, cache::mark_refreshing);
}

bool core::may_revalidate(const lookup& of, instant now) const {
  const auto& place = revalidated_[siphash(table_key_, of.key) % revalidated_.size()];
  const mono_time last{mono_time::duration{place.load(std::memory_order_relaxed)}};
  return last == mono_time::min() || now.mono - last >= config().revalidation_interval;
}

void core::revalidates(const lookup& of, instant now) {
  auto& place = revalidated_[siphash(table_key_, of.key) % revalidated_.size()];
  place.store(now.mono.time_since_epoch().count(), std::memory_order_relaxed);
}

entry_ptr core::to_confirm(const lookup& of, instant now) {
  auto found = store_.find(of.key, now.mono);
  if (!found || found.value->what != cache::entry_class::record) return nullptr;
  const bool has_tag = !found.value->etag().empty() && !found.value->own_etag;
  return has_tag || !found.value->last_modified().empty() ? found.value : nullptr;
}

}  // namespace sidecache::proxy
