// The part of proxy_handler that serves in shadow: the control plane answers, and memory's word is compared
// (shadow.hpp).
//
//   forecast: what `on` would do ---+--- would fetch: a flight, if nobody is at it: stored as ever ---+--- compare,
//   send
//                                   '--- would not, or would wait for another's: a fetch of its own --'
//
// The flight that is stored is the one that `on` would have made, so there is one of a key at a time, and an older
// answer never comes to stand over a newer one.
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "http/trace_context.hpp"
#include "proxy/cache_status.hpp"
#include "proxy/flight_wait.hpp"
#include "proxy/forwarding.hpp"
#include "proxy/lookup_answers.hpp"
#include "proxy/proxy_handler.hpp"

namespace sidecache::proxy {
namespace {

bool is_from_memory(outcome what) {
  using enum outcome;
  return what == hit || what == negative_hit || what == stale_while_revalidate || what == stale_error;
}

/// Of a fetch that ended by an exception.
landing without_result() {
  landing none;
  none.why = failure{.kind = failure_kind::reset, .sent = true, .detail = "a fetch ended without a result"};
  return none;
}

}  // namespace

/// What `on` would do, with what it would take note of on the way.
proxy_handler::forecast proxy_handler::forecast_of(const lookup& of, const asker& who, instant now) {
  forecast made;
  const seen found = core_.look(of, now);
  if (found.entry && found.entry->what == cache::entry_class::marker) {
    made.storable = false;
    return made;
  }
  auto ready = from_memory(found, of, who, now);
  if (!ready) ready = answer_paused(found, of, who, now);
  if (!ready) {
    const bool for_client = (who.terms.no_cache || is_servable(found)) && core_.may_revalidate(of, now);
    if (for_client) core_.revalidates(of, now);
    if (!for_client && stale_answer(found, who, now, false)) made.held = found.entry;
    made.may_store = !who.terms.no_store;
    return made;
  }
  const outcome how = ready->report.outcome;
  made.memory.asks_too =
      how == outcome::stale_while_revalidate || (how == outcome::hit && core_.claims_refresh(of, found, now));
  if (core_.paused_until(of, now)) made.memory.asks_too = false;
  if (is_from_memory(how)) {
    made.memory.entry = found.entry;
    made.memory.how = how;
  } else {
    made.refused = true;
  }
  return made;
}

/// What the client gets is what a miss would have brought it.
asio::awaitable<void> proxy_handler::shadow_lookup(exchange& client, plan made) {
  lookup of;
  describe(client.request(), made, client.known(), of);
  last_partition_.forget();
  const asker who = asked_by(client.request(), made);
  const instant asked = core_.now();
  if (core_.succeeded()) co_return co_await relay(client, made, "succeeded");
  const core::read_mark mark = core_.mark_read(of);  // before anything is looked up
  forecast ahead = forecast_of(of, who, asked);
  if (!ahead.storable) {
    core_.shadow().note({.of = of, .memory = ahead.memory}, asked);
    co_return co_await relay(client, made, "not-storable");
  }
  bool shares = false;
  const auto flight = shadow_flight(client, of, who, ahead, shares);
  const awaited came = co_await wait_for(flight, alarms_, std::nullopt);
  if ((co_await asio::this_coro::cancellation_state).cancelled() != asio::cancellation_type::none) co_return;
  const instant now = core_.now();
  const landing none = without_result();
  const landing& landed = came.landed ? **came.landed : none;
  stand_in(ahead, of, who, landed, now.mono - asked.mono);
  core_.shadow().note({.of = of,
                       .memory = ahead.memory,
                       .came = &landed,
                       .shared = shares,
                       .overtaken = core_.is_overtaken(mark),
                       .took = now.mono - asked.mono},
                      now);
  co_await answer_shadowed(client, who, landed);
}

/// The flight that brings this client its answer, and nobody else.
record_flights::flight_ptr proxy_handler::shadow_flight(exchange& client, const lookup& of, const asker& who,
                                                        forecast& ahead, bool& shares) {
  if (ahead.memory.asks_too) {
    auto boarded = core_.board(of);
    if (boarded.permit) {
      client.went_upstream_as(start_fetch(std::move(*boarded.permit), of, who, urgency::miss,
                                          ahead.may_store ? keeping::stored : keeping::judged));
      return boarded.flight;
    }
    ahead.memory.asks_too = false;  // another's does for it
    shares = ahead.memory.entry == nullptr;
  }
  auto alone = core_.board_alone(of);
  if (alone.permit)
    client.went_upstream_as(start_fetch(std::move(*alone.permit), of, who, urgency::miss, keeping::none));
  return alone.flight;
}

/// What `on` would have done once the control plane was late, or had failed.
void proxy_handler::stand_in(forecast& ahead, const lookup& of, const asker& who, const landing& landed,
                             duration took) {
  if (ahead.memory.entry || ahead.refused) return;
  const instant now = core_.now();
  const bool late = ahead.held && took >= core_.config().stale_after;
  const consequence& follows = consequence_of(landed.verdict);
  if (late) {
    ahead.memory.entry = ahead.held;
  } else if (follows.stale_first) {
    const seen found = core_.look(of, now);
    if (stale_answer(found, who, now, follows.outage)) ahead.memory.entry = found.entry;
  }
  ahead.memory.how = outcome::stale_error;
}

asio::awaitable<void> proxy_handler::answer_shadowed(exchange& client, const asker& who, const landing& landed) {
  if (landed.verdict == verdict::too_large) co_return co_await relay(client, who.made, "not-storable");
  if (!landed.answer) {
    co_await client.send(upstream_failed(landed.why.value_or(failure{}), who.request.method, who.made));
    co_return;
  }
  const outcome why = landed.verdict == verdict::unavailable ? outcome::error : outcome::bypass;
  answer reply = answer_from_landing(landed, why, who, core_.now());
  const unsigned status = landed.verdict == verdict::confirmed ? 304 : landed.answer->status;
  reply.extra.append("Cache-Status: ");
  append_forwarded(reply.extra, {.reason = "bypass", .status = status, .stored = landed.stored, .detail = "shadow"});
  reply.extra.append("\r\n");
  co_await client.send(std::move(reply));
}

}  // namespace sidecache::proxy
