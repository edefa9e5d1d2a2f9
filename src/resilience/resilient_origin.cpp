#include "resilience/resilient_origin.hpp"

#include <algorithm>
#include <boost/asio/this_coro.hpp>
#include <stdexcept>
#include <string>
#include <utility>

#include "resilience/begun_attempts.hpp"
#include "resilience/hedge.hpp"
#include "resilience/watched_sink.hpp"

namespace sidecache::resilience {
namespace {

using proxy::failure;

bool is_repeatable(const proxy::upstream_request& request) {
  return (request.method == http::method::get || request.method == http::method::head) &&
         request.body == http::framing::none;
}

}  // namespace

resilient_origin::resilient_origin(std::vector<proxy::origin*> inner, upstream_group& group,
                                   const resilience_settings& settings, const clock& time, alarms& wake,
                                   random_source random)
    : inner_(std::move(inner)),
      group_(group),
      settings_(settings),
      clock_(time),
      random_(std::move(random)),
      pauses_(wake) {
  if (inner_.size() != group_.size()) throw std::invalid_argument("an origin for each upstream");
}

std::optional<upstream_group::permit> resilient_origin::permit_for(const attempt_course& course) {
  if (!course.first()) return permit_for_another(course.asked());
  const probing may = course.in_background() ? probing::any : probing::preferred;
  return group_.choose({.left_out = 0, .may = may, .random = first_chance()}, now());
}

std::optional<upstream_group::permit> resilient_origin::permit_for_another(std::uint32_t asked) {
  const double random = random_();
  if (auto other = group_.choose({.left_out = asked, .may = probing::never, .random = random}, now())) return other;
  return group_.choose({.left_out = 0, .may = probing::never, .random = random}, now());
}

asio::awaitable<bool> resilient_origin::goes_on(attempt_course& course, attempt_end end) {
  const bool other = group_.has_healthy(course.asked() | (1U << end.upstream));
  const duration typical = group_.median_fetch().value_or(duration{});
  const next_step next = course.after(end, other, typical, random_(), now());
  switch (next.is) {
    case next_step::what::done:
      co_return false;
    case next_step::what::no_time:
      group_.count(repetition::no_time);
      co_return false;
    case next_step::what::elsewhere:
      group_.count(repetition::failed_over);
      co_return true;
    case next_step::what::pause:
      break;
  }
  if (!group_.has_healthy(0)) co_return false;  // its failure was the one that opened the breaker
  if (!group_.take_from_budget(now())) {
    group_.count(repetition::budget_spent);
    co_return false;
  }
  co_await pauses_.until(now() + next.before);
  if (!group_.has_healthy(0)) co_return false;
  group_.count(repetition::retried);
  co_return true;
}

asio::awaitable<resilient_origin::fetched> resilient_origin::fetch(proxy::upstream_request request,
                                                                   std::uint64_t max_body_bytes) {
  const mono_time begun = now();
  request.deadline = std::min(request.deadline, begun + settings_.timeout);
  if (request.once) return fetch_once(std::move(request), max_body_bytes);
  group_.request_begins(begun);
  return attempts(std::move(request), max_body_bytes, nullptr);
}

asio::awaitable<resilient_origin::fetched> resilient_origin::first_of(begun_fetch& begun, upstream_group::permit& held,
                                                                      proxy::upstream_request request) {
  if (begun.came) co_return std::move(*begun.came);
  fetched came = co_await begun.inner->go_on(std::move(request));
  settle(held, begun.begun, came);
  co_return came;
}

asio::awaitable<resilient_origin::fetched> resilient_origin::attempts(proxy::upstream_request request,
                                                                      std::uint64_t max_body_bytes,
                                                                      begun_fetch* begun) {
  attempt_course course(settings_.retry, request.urgency, request.deadline);
  std::optional<fetched> came;
  while (true) {
    auto* const under_way = std::exchange(begun, nullptr);
    auto permit = under_way ? std::optional(std::move(under_way->permit)) : permit_for(course);
    if (!permit) break;
    attempt_end end = end_of(*permit, finding::failed);
    if (under_way) {
      came = co_await first_of(*under_way, *permit, request);
    } else {
      const bool may_hedge = course.first() && !course.in_background();
      came = co_await ask_hedged(std::move(*permit), request, max_body_bytes, may_hedge);
    }
    take_in(*came, end);
    if (!co_await goes_on(course, end)) break;
  }
  if (!came) co_return std::unexpected(group_.refusal(now()));
  co_return std::move(*came);
}

asio::awaitable<resilient_origin::fetched> resilient_origin::fetch_once(proxy::upstream_request request,
                                                                        std::uint64_t max_body_bytes) {
  std::uint32_t asked = 0;
  while (true) {
    auto permit = group_.choose_anyway(asked);
    asked |= 1U << permit.upstream();
    fetched came = co_await ask(std::move(permit), request, max_body_bytes);
    if (came || !never_arrived(came.error()) || !group_.has_healthy(asked)) co_return came;
    group_.count(repetition::failed_over);
  }
}

asio::awaitable<resilient_origin::fetched> resilient_origin::ask(upstream_group::permit permit,
                                                                 proxy::upstream_request request,
                                                                 std::uint64_t max_body_bytes) {
  const mono_time begun = now();
  if (permit.is_probe()) request.deadline = std::min(request.deadline, begun + settings_.probe_timeout);
  permit.begin_fetch(begun);
  fetched came = co_await inner_[permit.upstream()]->fetch(std::move(request), max_body_bytes);
  // The other of two was first: that this one was stopped says nothing of its upstream.
  if ((co_await asio::this_coro::cancellation_state).cancelled() != asio::cancellation_type::none) co_return came;
  settle(permit, begun, came);
  co_return came;
}

void resilient_origin::settle(upstream_group::permit& permit, mono_time begun, const fetched& came) {
  const mono_time ended = now();
  if (came) {
    const finding what = finding_of(came->head.status);
    if (what == finding::well) group_.fetch_took(ended - begun);
    permit.settle(what, ended - begun, said_by(came->head.status), ended);
  } else {
    permit.settle(finding_of(came.error()), ended - begun, said_by(came.error()), ended);
  }
}

asio::awaitable<resilient_origin::fetched> resilient_origin::ask_hedged(upstream_group::permit permit,
                                                                        const proxy::upstream_request& request,
                                                                        std::uint64_t max_body_bytes, bool may_hedge) {
  const auto late = settings_.hedging && may_hedge && !permit.is_probe() ? group_.late_fetch() : std::nullopt;
  if (!late) co_return co_await ask(std::move(permit), request, max_body_bytes);
  const auto on = co_await asio::this_coro::executor;
  const auto race = std::make_shared<hedge>();
  const std::size_t first = permit.upstream();
  hedge::begin(race, 0, on, ask(std::move(permit), request, max_body_bytes));
  if (!race->decided()) co_await pauses_.until(now() + *late, &race->news);
  if (!race->decided()) {
    if (auto second = permit_for_hedge(first))
      hedge::begin(race, 1, on, ask(std::move(*second), request, max_body_bytes));
  }
  while (!race->decided()) co_await pauses_.until(mono_time::max(), &race->news);
  if (race->winner() == 1) group_.count(repetition::hedge_won);
  co_return race->take();
}

std::optional<upstream_group::permit> resilient_origin::permit_for_hedge(std::size_t first) {
  auto permit = permit_for_another(1U << first);
  if (!permit) return std::nullopt;
  const bool allowed = group_.take_from_budget(now());
  group_.count(allowed ? repetition::hedged : repetition::budget_spent);
  if (!allowed) return std::nullopt;
  return permit;
}

asio::awaitable<resilient_origin::relayed> resilient_origin::relay(proxy::upstream_request request,
                                                                   proxy::body_source& body, proxy::answer_sink& sink) {
  if (is_repeatable(request)) return pass(std::move(request), body, sink);
  return pass_write(std::move(request), body, sink);
}

asio::awaitable<resilient_origin::relayed> resilient_origin::pass(proxy::upstream_request request,
                                                                  proxy::body_source& body, proxy::answer_sink& sink,
                                                                  begun_pass* begun_before) {
  const mono_time first = begun_before ? begun_before->begun : now();
  if (!begun_before) group_.request_begins(first);
  // To the head of its answer; what follows that may take as long as it likes.
  attempt_course course(settings_.retry, proxy::urgency::miss, std::min(request.deadline, first + settings_.timeout));
  std::optional<relayed> done;
  while (true) {
    auto* const under_way = std::exchange(begun_before, nullptr);
    auto permit = under_way ? std::optional(std::move(under_way->permit)) : permit_for(course);
    if (!permit) break;
    const mono_time begun = under_way ? under_way->begun : now();
    watched_sink watched(sink, clock_);
    done = under_way ? co_await under_way->inner->go_on(request, body, watched)
                     : co_await inner_[permit->upstream()]->relay(request, body, watched);
    const finding what = *done ? finding_of(watched.status()) : finding_of(done->error());
    attempt_end end = end_of(*permit, what);
    permit->settle(what, watched.began().value_or(now()) - begun,
                   *done ? said_by(watched.status()) : said_by(done->error()), now());
    if (*done || watched.began()) break;
    end.worth_repeating = is_worth_repeating(done->error());
    end.free_elsewhere = end.free_elsewhere || never_arrived(done->error());
    if (!co_await goes_on(course, end)) break;
  }
  if (!done) co_return std::unexpected(group_.refusal(now()));
  co_return std::move(*done);
}

asio::awaitable<resilient_origin::relayed> resilient_origin::pass_write(proxy::upstream_request request,
                                                                        proxy::body_source& body,
                                                                        proxy::answer_sink& sink) {
  std::uint32_t asked = 0;
  while (true) {
    auto permit = group_.choose_anyway(asked);
    asked |= 1U << permit.upstream();
    watched_sink watched(sink, clock_);
    auto done = co_await inner_[permit.upstream()]->relay(request, body, watched);
    const finding what = done ? finding_of(watched.status()) : finding_of(done.error());
    // How long it took says nothing: the client's upload is part of it.
    permit.settle(what, duration{}, done ? said_by(watched.status()) : said_by(done.error()), now());
    if (done || !never_arrived(done.error()) || watched.began() || !group_.has_healthy(asked)) co_return done;
    group_.count(repetition::failed_over);
  }
}

}  // namespace sidecache::resilience
