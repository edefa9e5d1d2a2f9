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
  const std::scoped_lock lock(mutex_);
  std::array<standing, most_upstreams> standings;
  for (std::size_t i = 0; i < members_.size(); ++i) {
    const circuit_breaker& breaker = members_[i].breaker;
    standings[i] = {.healthy = breaker.state() == breaker_state::closed,
                    .probe_due = breaker.probe_due(now),
                    .left_out = has(of.left_out, i),
                    .weight = members_[i].weight};
  }
  const auto chosen = choose_upstream(std::span(standings).first(members_.size()), weighted_, of.may, of.random);
  if (!chosen) return std::nullopt;
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

void upstream_group::settle(const permit& of, finding what, duration took, std::string_view said, mono_time now) {
  circuit_breaker::counts counts;
  breaker_state before{};
  breaker_state after{};
  mono_time opened;
  {
    const std::scoped_lock lock(mutex_);
    member& its = members_[of.index_];
    before = its.breaker.state();
    counts = its.breaker.in_window(now);
    if (!its.breaker.settle(of.ticket_, what, took, now)) return;
    after = its.breaker.state();
    ++its.changes[static_cast<std::size_t>(after)];
    if (before == breaker_state::closed) its.opened = now;
    opened = its.opened;
  }
  const std::string& name = members_[of.index_].name;  // names never change
  if (after == breaker_state::closed)
    return spdlog::info("upstream {}: well again after {:.1f} s, its breaker is closed", name, seconds(now - opened));
  if (before != breaker_state::closed) return spdlog::debug("upstream {}: a probe failed: {}", name, said);
  spdlog::warn("upstream {}: its breaker is open: of {} in {:.0f} s {} failed and {} were slow before the last: {}",
               name, counts.seen, seconds(settings_.window), counts.failed, counts.slow, said);
}

void upstream_group::give_back(const permit& of) {
  const std::scoped_lock lock(mutex_);
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
