#include "resilience/resilient_origin.hpp"

#include <algorithm>
#include <boost/asio/this_coro.hpp>
#include <stdexcept>
#include <string>
#include <utility>

#include "resilience/hedge.hpp"
#include "resilience/watched_sink.hpp"

namespace sidecache::resilience {
namespace {

using proxy::failure;

bool is_repeatable(const proxy::upstream_request& request) {
  return (request.method == http::method::get || request.method == http::method::head) &&
         request.body == http::framing::none;
}

std::string said_by(const failure& why) { return std::string(to_string(why.kind)) + ": " + why.detail; }
std::string said_by(unsigned status) { return "status " + std::to_string(status); }

void take_in(const std::expected<proxy::upstream_answer, failure>& came, attempt_end& end) {
  if (came) {
    end.good = finding_of(came->head.status) != finding::failed;
    end.worth_repeating = is_worth_repeating(came->head);
  } else {
    end.good = finding_of(came.error()) != finding::failed;
    end.worth_repeating = is_worth_repeating(came.error());
    end.free_elsewhere = end.free_elsewhere || never_arrived(came.error());
  }
}

attempt_end end_of(const upstream_group::permit& permit, finding what) {
  const bool failed = what == finding::failed;
  return {.upstream = permit.upstream(),
          .good = !failed,
          .worth_repeating = false,
          .free_elsewhere = failed && permit.is_probe()};
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

/// Ends before the origin that it is of.
class resilient_origin::begun_fetch final : public proxy::begun_fetch {
 public:
  begun_fetch(resilient_origin& of, upstream_group::permit held, mono_time since, std::uint64_t most,
              std::unique_ptr<proxy::begun_fetch> under_way)
      : permit(std::move(held)), begun(since), inner(std::move(under_way)), of_(of), max_body_bytes_(most) {}

  std::optional<proxy::upstream_answer> take() override {
    auto answer = inner->take();
    if (!answer) return std::nullopt;
    fetched whole = std::move(*answer);
    attempt_end end = end_of(permit, finding::failed);
    take_in(whole, end);
    of_.settle(permit, begun, whole);
    if (end.good && !end.worth_repeating) return std::move(*whole);
    came = std::move(whole);
    return std::nullopt;
  }
  asio::awaitable<fetched> go_on(proxy::upstream_request request) override {
    request.deadline = std::min(request.deadline, begun + of_.settings_.timeout);
    return of_.attempts(std::move(request), max_body_bytes_, this);
  }

  upstream_group::permit permit;
  mono_time begun;
  std::unique_ptr<proxy::begun_fetch> inner;
  std::optional<fetched> came;  ///< whole, and to be asked for again if that may be

 private:
  resilient_origin& of_;
  std::uint64_t max_body_bytes_;
};

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

/// Ends before the origin that it is of.
class resilient_origin::begun_pass final : public proxy::begun_relay {
 public:
  begun_pass(resilient_origin& of, upstream_group::permit held, mono_time since,
             std::unique_ptr<proxy::begun_relay> under_way)
      : permit(std::move(held)), begun(since), inner(std::move(under_way)), of_(of) {}

  std::optional<proxy::whole_answer> take(std::string& head) override {
    const auto whole = inner->take(head);
    if (!whole) return std::nullopt;
    const unsigned status = whole->head.status;
    const mono_time now = of_.now();
    permit.settle(finding_of(status), now - begun, said_by(status), now);
    return whole;
  }
  void give_up() override {
    inner->give_up();
    const failure why = {.kind = proxy::failure_kind::reset, .sent = true, .detail = "given up"};
    const mono_time now = of_.now();
    permit.settle(finding_of(why), now - begun, said_by(why), now);
  }
  asio::awaitable<relayed> go_on(proxy::upstream_request request, proxy::body_source& body,
                                 proxy::answer_sink& sink) override {
    return of_.pass(std::move(request), body, sink, this);
  }

  upstream_group::permit permit;
  mono_time begun;
  std::unique_ptr<proxy::begun_relay> inner;

 private:
  resilient_origin& of_;
};

double resilient_origin::first_chance() {
  const double drawn = drawn_ ? *drawn_ : random_();
  drawn_.reset();
  return drawn;
}

template <class Begin>
auto resilient_origin::begin_by(Begin begin) -> decltype(begin(std::declval<upstream_group::permit&>(), mono_time{})) {
  const mono_time now = this->now();
  const double chance = first_chance();
  auto permit = group_.choose({.left_out = 0, .may = probing::preferred, .random = chance, .closed_only = true}, now);
  auto begun = permit ? begin(*permit, now) : nullptr;
  if (begun) {
    group_.request_begins(now);
  } else {
    drawn_ = chance;
  }
  return begun;
}

std::unique_ptr<proxy::begun_fetch> resilient_origin::begin_fetch(const proxy::ready_request& request,
                                                                  std::uint64_t max_body_bytes,
                                                                  const std::shared_ptr<proxy::answer_waiter>& told) {
  if (settings_.hedging && group_.late_fetch()) return nullptr;
  return begin_by([&](upstream_group::permit& permit, mono_time now) -> std::unique_ptr<proxy::begun_fetch> {
    permit.begin_fetch(now);
    proxy::ready_request in_time = request;
    in_time.deadline = std::min(request.deadline, now + settings_.timeout);
    auto inner = inner_[permit.upstream()]->begin_fetch(in_time, max_body_bytes, told);
    if (!inner) return nullptr;
    return std::make_unique<begun_fetch>(*this, std::move(permit), now, max_body_bytes, std::move(inner));
  });
}

std::unique_ptr<proxy::begun_relay> resilient_origin::begin_relay(const proxy::ready_request& request,
                                                                  const std::shared_ptr<proxy::answer_waiter>& told) {
  return begin_by([&](upstream_group::permit& permit, mono_time now) -> std::unique_ptr<proxy::begun_relay> {
    auto inner = inner_[permit.upstream()]->begin_relay(request, told);
    if (!inner) return nullptr;
    return std::make_unique<begun_pass>(*this, std::move(permit), now, std::move(inner));
  });
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
