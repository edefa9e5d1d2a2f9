// The control plane as one origin, made of one or several that may be slow, wrong or gone.
//
// Theory of operation: each attempt asks the group for a permit, which says whom to ask or that nobody is to be asked
// (then the answer is `avoided`, at once). What came of it is told to the breaker; then attempt_course decides, without
// I/O, if that is the answer, or if the request goes to another upstream at once, or is sent again after a pause. One
// deadline is shared by everything: waiting, connecting, attempts and pauses.
//   fetch()  GET and HEAD: retried where somebody waits for it; a failed connection, and a failed probe, cost nothing
//            but the way to the next healthy upstream.
//            With hedging, one that is late is asked for a second time meanwhile, within the same budget.
//            What is to be asked for once (sync) is treated as a write is.
//   relay()  GET and HEAD without a body: the same until the answer has begun. Writes: to the first healthy upstream,
//            or, where all breakers are open, to the first of all: its user wants to know. Never sent twice: only one
//            of which nothing was sent, because no connection came about, goes to another upstream.
// Threads: one worker's, as the origins inside. They, the group, the clock and the alarms outlive it; it outlives the
// coroutines that run, and destroys those that pause.
#pragma once

#include <functional>
#include <vector>

#include "base/alarms.hpp"
#include "proxy/origin.hpp"
#include "resilience/attempt_course.hpp"
#include "resilience/upstream_group.hpp"
#include "resilience/waiting.hpp"

namespace sidecache::resilience {

/// Uniform in [0, 1).
using random_source = std::function<double()>;

struct resilience_settings {
  retry_settings retry;
  bool hedging = false;
  duration timeout = std::chrono::seconds(30);       ///< of a request as a whole
  duration probe_timeout = std::chrono::seconds(8);  ///< of a probe: slower is no better than failed
};

class resilient_origin final : public proxy::origin {
 public:
  /// One origin for each of the group's upstreams, in its order.
  resilient_origin(std::vector<proxy::origin*> inner, upstream_group& group, const resilience_settings& settings,
                   const clock& time, alarms& wake, random_source random);

  asio::awaitable<std::expected<proxy::upstream_answer, proxy::failure>> fetch(proxy::upstream_request request,
                                                                               std::uint64_t max_body_bytes) override;
  asio::awaitable<std::expected<void, proxy::failure>> relay(proxy::upstream_request request, proxy::body_source& body,
                                                             proxy::answer_sink& sink) override;
  /// Neither of them as a probe, whatever comes of which must come by fetch() or relay(), nor where it might be hedged.
  std::unique_ptr<proxy::begun_fetch> begin_fetch(const proxy::ready_request& request, std::uint64_t max_body_bytes,
                                                  const std::shared_ptr<proxy::answer_waiter>& told) override;
  std::unique_ptr<proxy::begun_relay> begin_relay(const proxy::ready_request& request,
                                                  const std::shared_ptr<proxy::answer_waiter>& told) override;

 private:
  class begun_fetch;
  class begun_pass;
  using fetched = std::expected<proxy::upstream_answer, proxy::failure>;
  using relayed = std::expected<void, proxy::failure>;

  [[nodiscard]] mono_time now() const { return clock_.now().mono; }
  [[nodiscard]] std::optional<upstream_group::permit> permit_for(const attempt_course& course);
  /// At a healthy one, and rather at one that was not asked yet.
  [[nodiscard]] std::optional<upstream_group::permit> permit_for_another(std::uint32_t asked);
  /// Nothing where `begin(permit)` made nothing: then who is chosen next is chosen by the same chance.
  template <class Begin>
  auto begin_by(Begin begin) -> decltype(begin(std::declval<upstream_group::permit&>(), mono_time{}));
  [[nodiscard]] double first_chance();
  /// Tells the breaker what came of an attempt.
  void settle(upstream_group::permit& permit, mono_time begun, const fetched& came);
  /// `begun`: the first attempt is under way.
  asio::awaitable<fetched> attempts(proxy::upstream_request request, std::uint64_t max_body_bytes, begun_fetch* begun);
  asio::awaitable<fetched> first_of(begun_fetch& begun, upstream_group::permit& held, proxy::upstream_request request);
  /// Asks once and tells the breaker.
  asio::awaitable<fetched> ask(upstream_group::permit permit, proxy::upstream_request request,
                               std::uint64_t max_body_bytes);
  /// The same, and once more if it is late.
  asio::awaitable<fetched> ask_hedged(upstream_group::permit permit, const proxy::upstream_request& request,
                                      std::uint64_t max_body_bytes, bool may_hedge);
  [[nodiscard]] std::optional<upstream_group::permit> permit_for_hedge(std::size_t first);
  asio::awaitable<fetched> fetch_once(proxy::upstream_request request, std::uint64_t max_body_bytes);
  /// `begun`: its first attempt is under way.
  asio::awaitable<relayed> pass(proxy::upstream_request request, proxy::body_source& body, proxy::answer_sink& sink,
                                begun_pass* begun = nullptr);
  asio::awaitable<relayed> pass_write(proxy::upstream_request request, proxy::body_source& body,
                                      proxy::answer_sink& sink);
  /// False: what came is the answer. Otherwise another attempt may be made, now.
  asio::awaitable<bool> goes_on(attempt_course& course, attempt_end end);

  std::vector<proxy::origin*> inner_;
  upstream_group& group_;
  resilience_settings settings_;
  const clock& clock_;
  random_source random_;
  /// Drawn for who could not begin. Drawing anew would give an upstream that never can the square of its weight.
  std::optional<double> drawn_;
  waiting pauses_;
};

}  // namespace sidecache::resilience
