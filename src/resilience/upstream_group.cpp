#include "resilience/upstream_group.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <stdexcept>

namespace sidecache::resilience {
namespace {

bool has(std::uint32_t set, std::size_t index) { return ((set >> index) & 1U) != 0; }

double seconds(duration time) { return std::chrono::duration<double>(time).count(); }

}  // namespace

upstream_group::upstream_group(const std::vector<upstream_name>& names, const breaker_settings& breaker,
                               std::uint64_t retry_budget_percent)
    : settings_(breaker),
      budget_(retry_budget_percent),
      weighted_(std::ranges::any_of(names, [](const upstream_name& each) { return each.weight > 0; })) {
  if (names.empty() || names.size() > most_upstreams) throw std::invalid_argument("1 to 16 upstreams");
  for (const auto& each : names)
    members_.push_back({each.name, std::max<std::uint32_t>(each.weight, 1), circuit_breaker(breaker), {}, {}});
}

void upstream_group::request_begins(mono_time now) {
  const std::scoped_lock lock(mutex_);
  budget_.request(now);
}

std::optional<upstream_group::permit> upstream_group::choose(const wish& of, mono_time now) {
  std::optional<change> made;
  auto chosen = [&] {
    const std::scoped_lock lock(mutex_);
    made = count_overdue(now);
    return choose_locked(of, now);
  }();
  if (made) tell(*made, "no answer so far", now);
  return chosen;
}

std::optional<upstream_group::permit> upstream_group::choose_locked(const wish& of, mono_time now) {
  std::array<standing, most_upstreams> standings;
  for (std::size_t i = 0; i < members_.size(); ++i) {
    const circuit_breaker& breaker = members_[i].breaker;
    standings[i] = {.healthy = breaker.state() == breaker_state::closed,
                    .probe_due = breaker.probe_due(now),
                    .left_out = has(of.left_out, i),
                    .weight = members_[i].weight};
  }
  const auto chosen = choose_upstream(std::span(standings).first(members_.size()), weighted_, of.may, of.random);
  if (!chosen || (of.closed_only && !standings[*chosen].healthy)) return std::nullopt;
  const breaker_state before = members_[*chosen].breaker.state();
  const auto ticket = members_[*chosen].breaker.admit(now);
  if (!ticket) return std::nullopt;
  return admit_to(*chosen, *ticket, before);
}

upstream_group::permit upstream_group::choose_anyway(std::uint32_t left_out) {
  const std::scoped_lock lock(mutex_);
  for (std::size_t i = 0; i < members_.size(); ++i)
    if (!has(left_out, i) && members_[i].breaker.state() == breaker_state::closed)
      return {*this, i, members_[i].breaker.pass()};
  return {*this, 0, members_.front().breaker.pass()};
}

std::optional<upstream_group::permit> upstream_group::admit(std::size_t upstream, mono_time now) {
  const std::scoped_lock lock(mutex_);
  const breaker_state before = members_.at(upstream).breaker.state();
  const auto ticket = members_[upstream].breaker.admit(now);
  if (!ticket) return std::nullopt;
  return admit_to(upstream, *ticket, before);
}

upstream_group::permit upstream_group::admit_to(std::size_t index, circuit_breaker::ticket ticket,
                                                breaker_state before) {
  member& of = members_[index];
  if (of.breaker.state() != before) ++of.changes[static_cast<std::size_t>(of.breaker.state())];
  return {*this, index, ticket};
}

bool upstream_group::has_healthy(std::uint32_t left_out) const {
  const std::scoped_lock lock(mutex_);
  for (std::size_t i = 0; i < members_.size(); ++i)
    if (!has(left_out, i) && members_[i].breaker.state() == breaker_state::closed) return true;
  return false;
}

proxy::failure upstream_group::refusal(mono_time now) const {
  const std::scoped_lock lock(mutex_);
  proxy::failure why{proxy::failure_kind::avoided, false, "it has failed too often of late", duration::max()};
  for (const member& each : members_) why.retry_after = std::min(why.retry_after, each.breaker.retry_after(now));
  return why;
}

bool upstream_group::take_from_budget(mono_time now) {
  const std::scoped_lock lock(mutex_);
  return budget_.take(now);
}

void upstream_group::fetch_took(duration time) {
  const std::scoped_lock lock(mutex_);
  latencies_.add(time);
}

std::optional<duration> upstream_group::median_fetch() const {
  const std::scoped_lock lock(mutex_);
  return latencies_.median();
}

std::optional<duration> upstream_group::late_fetch() const {
  const std::scoped_lock lock(mutex_);
  return latencies_.p95();
}

std::optional<upstream_group::change> upstream_group::apply(std::size_t upstream, circuit_breaker::ticket ticket,
                                                            finding what, duration took, mono_time now) {
  member& its = members_[upstream];
  change made{.upstream = upstream,
              .before = its.breaker.state(),
              .after = {},
              .counts = its.breaker.in_window(now),
              .opened = its.opened};
  if (!its.breaker.settle(ticket, what, took, now)) return std::nullopt;
  made.after = its.breaker.state();
  ++its.changes[static_cast<std::size_t>(made.after)];
  if (made.before == breaker_state::closed) its.opened = now;
  return made;
}

void upstream_group::tell(const change& of, std::string_view said, mono_time now) const {
  const std::string& name = members_[of.upstream].name;  // names never change
  if (of.after == breaker_state::closed)
    return spdlog::info("upstream {}: well again after {:.1f} s, its breaker is closed", name,
                        seconds(now - of.opened));
  if (of.before != breaker_state::closed) return spdlog::debug("upstream {}: a probe failed: {}", name, said);
  spdlog::warn("upstream {}: its breaker is open: of {} in {:.0f} s {} failed and {} were slow before the last: {}",
               name, of.counts.seen, seconds(settings_.window), of.counts.failed, of.counts.slow, said);
}

void upstream_group::begin_fetch(permit& of, mono_time now) {
  const std::scoped_lock lock(mutex_);
  of.flight_ = flights_.insert(flights_.end(), {of.index_, of.ticket_, now});
}

bool upstream_group::end_flight(const permit& of) {
  if (!of.flight_) return false;
  const bool counted = (*of.flight_)->counted;
  (counted ? overdue_ : flights_).erase(*of.flight_);
  return counted;
}

std::optional<upstream_group::change> upstream_group::count_overdue(mono_time now) {
  std::optional<change> made;
  while (!made && !flights_.empty() && now - flights_.front().begun > settings_.slow_after) {
    flight& late = flights_.front();
    late.counted = true;
    made = apply(late.upstream, late.ticket, finding::well, now - late.begun, now);
    overdue_.splice(overdue_.end(), flights_, flights_.begin());
  }
  return made;
}

void upstream_group::settle(const permit& of, finding what, duration took, std::string_view said, mono_time now) {
  std::optional<change> made;
  {
    const std::scoped_lock lock(mutex_);
    if (!end_flight(of)) made = apply(of.index_, of.ticket_, what, took, now);
  }
  if (made) tell(*made, said, now);
}

void upstream_group::give_back(const permit& of) {
  const std::scoped_lock lock(mutex_);
  end_flight(of);
  members_[of.index_].breaker.give_back(of.ticket_);
}

std::vector<upstream_group::figures> upstream_group::look() const {
  const std::scoped_lock lock(mutex_);
  std::vector<figures> all;
  all.reserve(members_.size());
  for (const member& each : members_) all.push_back({each.name, each.breaker.state(), each.changes});
  return all;
}

}  // namespace sidecache::resilience
