#include "proxy/proxy_handler.hpp"

#include <spdlog/spdlog.h>

#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "http/trace_context.hpp"
#include "proxy/cache_status.hpp"
#include "proxy/flight_wait.hpp"
#include "proxy/forwarding.hpp"
#include "proxy/lookup_answers.hpp"
#include "proxy/relay_sink.hpp"
#include "proxy/resync_body.hpp"
#include "proxy/sync_passage.hpp"

namespace sidecache::proxy {
namespace {

/// A flight that ends without a result is tried again by those who waited for it, this often.
constexpr int most_boardings = 3;

bool is_stale(const answer& what) {
  return what.report.outcome == outcome::stale_error || what.report.outcome == outcome::stale_while_revalidate;
}

asio::awaitable<void> send(exchange& client, answer what) { co_await client.send(std::move(what)); }

}  // namespace

proxy_handler::proxy_handler(core& shared, origin& upstream, observer& watching, alarms& clocks,
                             asio::any_io_executor executor, peers* others, random_source ids)
    : core_(shared),
      origin_(upstream),
      observer_(watching),
      alarms_(clocks),
      executor_(std::move(executor)),
      others_(others),
      ids_(ids) {}

std::optional<answer> proxy_handler::answer_now(const http::request_head& request, const known_block* by) {
  if (request.method != http::method::get && request.method != http::method::head) return std::nullopt;
  if (!core_.answers_from_memory()) return std::nullopt;
  const plan made = plan_of(request);
  if (made.what != action::lookup) return std::nullopt;
  describe(request, made, by, scratch_);
  const asker who = asked_by(request, made);
  const instant now = core_.now();
  const seen found = core_.look(scratch_, now);
  auto ready = from_memory(found, scratch_, who, now);
  if (!ready) return ready;
  last_partition_.forget();
  const bool stale = ready->report.outcome == outcome::stale_while_revalidate;
  if (is_stale(*ready)) core_.note_stale(scratch_, now);
  if (stale || (ready->report.outcome == outcome::hit && core_.claims_refresh(scratch_, found, now)))
    refresh(scratch_, who, stale ? urgency::refresh : urgency::prefetch);
  return ready;
}

asio::awaitable<void> proxy_handler::handle(exchange& client) {
  plan made = plan_of(client.request());
  if (auto instead = answer_instead(client.request(), core_.pseudonym(), made.route))
    return send(client, std::move(*instead));
  if (made.what == action::lookup) return answer_by_mode(client, std::move(made));
  if (made.what == action::sync)
    return answer_sync(core_, {origin_, others_, alarms_, executor_}, client, std::move(made), ids_);
  const auto detail = made.detail;
  return relay(client, std::move(made), detail);
}

const http::target& proxy_handler::classified(std::string_view target) {
  const auto& by = core_.config();
  if (planned_ != target) {
    planned_.clear();  // of no target, should memory end here
    planned_as_ = http::classify_target(target, by.prefixes, by.kind);
    planned_ = target;
  }
  return planned_as_;
}

/// Every request by the mode that it begins in: what waits already when the mode changes is answered as it was begun.
asio::awaitable<void> proxy_handler::answer_by_mode(exchange& client, plan made) {
  switch (core_.config().mode) {
    case mode::on:
      return answer_lookup(client, std::move(made), core_.now().mono);
    case mode::shadow:
      return shadow_lookup(client, std::move(made));
    case mode::bypass:
      break;
  }
  return relay(client, std::move(made), bypassed);
}

asker proxy_handler::asked_by(const http::request_head& request, const plan& made) const {
  return {request, made, read_client_terms(request.fields, core_.config().client_directives)};
}

/// Nothing: it takes a fetch.
std::optional<answer> proxy_handler::from_memory(const seen& found, const lookup& of, const asker& who, instant now) {
  if (auto ready = acceptable_answer(found, who, now)) return ready;
  if (who.terms.only_if_cached) return not_cached(who);
  if (is_servable(found) && !core_.may_revalidate(of, now))
    return answer_from_memory(found, who, now, "revalidation-limited");
  return std::nullopt;
}

/// The control plane said 429 to this credential: its lookups wait, and are answered from memory or refused till then.
std::optional<answer> proxy_handler::answer_paused(const seen& found, const lookup& of, const asker& who, instant now) {
  const auto until = core_.paused_until(of, now);
  if (!until) return std::nullopt;
  if (auto stale = stale_answer(found, who, now, false)) return stale;
  return credential_paused(who, *until - now.mono);
}

asio::awaitable<void> proxy_handler::answer_lookup(exchange& client, plan made, mono_time asked, int boardings) {
  lookup of;
  describe(client.request(), made, client.known(), of);
  last_partition_.forget();
  const asker who = asked_by(client.request(), made);
  fetch_reason why{.asked = asked};
  for (int boarding = boardings; boarding < most_boardings; ++boarding) {
    if (core_.succeeded()) {  // no flight is shared either: a write through the successor would not overtake it
      co_await relay(client, made, "succeeded");
      co_return;
    }
    const instant now = core_.now();
    const seen found = core_.look(of, now);
    if (found.entry && found.entry->what == cache::entry_class::marker) {
      co_await relay(client, made, "not-storable");
      co_return;
    }
    // Of a flight that began before this client asked, what came may be good enough for it all the same.
    auto ready = why.for_client ? acceptable_answer(found, who, now) : from_memory(found, of, who, now);
    if (!ready) ready = answer_paused(found, of, who, now);
    if (ready) {
      co_await give(client, std::move(*ready), of);
      co_return;
    }
    why.had_entry = why.had_entry || found.entry != nullptr;
    if (!why.for_client && (who.terms.no_cache || is_servable(found)) && core_.may_revalidate(of, now))
      why.for_client = why.newer_flight = true;
    auto boarded = core_.board(of);
    why.leads = boarded.permit.has_value();
    if (why.leads) {
      // Between look() and board() another flight may have landed and stored: then this one must not fetch again.
      const seen again = core_.look(of, core_.now());
      // Who waited for an older flight beside this client may have led the newer one, and that be over.
      const bool too_soon = why.for_client && !core_.may_revalidate(of, now);
      if (too_soon) why.for_client = false;
      if (too_soon ? is_servable(again) : !why.for_client && again.entry && again.use == cache::usability::fresh)
        continue;
      if (why.for_client) core_.revalidates(of, now);
      const bool held = stale_answer(again, who, now, false).has_value();
      client.went_upstream_as(start_fetch(std::move(*boarded.permit), of, who,
                                          held ? urgency::stale_held : urgency::miss,
                                          who.terms.no_store ? keeping::judged : keeping::stored));
    }
    const bool may_stand_in = !why.for_client && stale_answer(found, who, now, false);
    why.is_last = boarding + 1 == most_boardings;
    if (co_await answer_boarded(client, who, of, boarded.flight, why, may_stand_in)) co_return;
    why.newer_flight = false;
  }
  co_await client.send(
      upstream_failed({.kind = failure_kind::reset, .sent = true, .detail = "flights ended without a result"},
                      who.request.method, made));
}

/// True if the client was answered, or is gone: no further flight is needed.
asio::awaitable<bool> proxy_handler::answer_boarded(exchange& client, const asker& who, const lookup& of,
                                                    record_flights::flight_ptr flight, fetch_reason why,
                                                    bool may_stand_in) {
  awaited came;
  if (may_stand_in) {
    came.late = core_.is_slow();
    if (!came.late) came = co_await wait_for(flight, alarms_, core_.now().mono + core_.config().stale_after);
    if (came.late) {
      core_.noticed_slow();
      const instant now = core_.now();
      if (auto stale = stale_answer(core_.look(of, now), who, now, false)) {
        co_await give(client, std::move(*stale), of);
        co_return true;
      }
      may_stand_in = false;  // it was dropped meanwhile
    }
  }
  if (!may_stand_in) came = co_await wait_for(flight, alarms_, std::nullopt);
  if (!came.landed && (co_await asio::this_coro::cancellation_state).cancelled() != asio::cancellation_type::none)
    co_return true;
  if (!came.landed || !answers(**came.landed, why)) co_return false;
  co_await answer_landing(client, who, of, *came.landed, why);
  co_return true;
}

bool proxy_handler::answers(const landing& came, const fetch_reason& asked) {
  // What began before this client asked is no answer to its no-cache: the next flight is, whoever leads it.
  if (asked.newer_flight && !asked.leads) return false;
  if (asked.is_last) return true;
  // Nor is what sync has named meanwhile one to a gateway, which would keep it.
  if (came.overtaken) return false;
  // Nor, while sync may pass elsewhere, what was asked for before this client came: sync may have named it in between,
  // and what memory would not give it a flight may not either. Those who wait so share the next one.
  return !came.asked_at || *came.asked_at >= asked.asked;
}

asio::awaitable<void> proxy_handler::answer_landing(exchange& client, const asker& who, const lookup& of,
                                                    landing_ptr landed, fetch_reason asked) {
  const consequence& follows = consequence_of(landed->verdict);
  const instant now = core_.now();
  if (follows.stale_first) {
    if (auto stale = stale_answer(core_.look(of, now), who, now, follows.outage)) {
      if (core_.drill().on(now.mono)) core_.drill().stood_in();
      co_await give(client, std::move(*stale), of);
      co_return;
    }
  }
  if (landed->verdict == verdict::too_large) {
    co_await relay(client, who.made, "not-storable");
    co_return;
  }
  if (!landed->answer) {
    if (core_.drill().on(now.mono)) core_.drill().failed(who.made.route, of.ident);
    co_await client.send(upstream_failed(landed->why.value_or(failure{}), who.request.method, who.made));
    co_return;
  }
  co_await client.send(reply_of(*landed, asked, who, now));
}

answer proxy_handler::reply_of(const landing& came, const fetch_reason& asked, const asker& who, instant now) {
  const bool confirmed = came.verdict == verdict::confirmed;
  outcome why = asked.leads ? (confirmed ? outcome::revalidated : outcome::miss) : outcome::collapsed;
  if (came.verdict == verdict::unavailable) why = outcome::error;
  answer reply = answer_from_landing(came, why, who, now);
  reply.extra.append("Cache-Status: ");
  append_forwarded(reply.extra, {.reason = asked.for_client ? "request" : (asked.had_entry ? "stale" : "uri-miss"),
                                 .status = confirmed ? 304 : came.answer->status,
                                 .stored = came.stored,
                                 .collapsed = !asked.leads,
                                 .detail = {}});
  reply.extra.append("\r\n");
  return reply;
}

/// What a gateway was given stale is remembered.
asio::awaitable<void> proxy_handler::give(exchange& client, answer what, const lookup& of) {
  if (is_stale(what)) core_.note_stale(of, core_.now());
  co_await client.send(std::move(what));
}

asio::awaitable<void> proxy_handler::relay(exchange& client, plan made, std::string_view detail, sent_before* begun) {
  const http::request_head& request = client.request();
  const bool of_record = made.target.what == http::target_class::record && http::is_safe(request.method);
  if (const instant now = core_.now(); !begun && of_record && core_.drill().on(now.mono)) {
    core_.drill().failed(made.route, made.target.ident);
    co_await client.send(upstream_failed(kept_from_it(now), request.method, made));
    co_return;
  }
  write_permit permit = core_.begin_write(request, made);
  outcome why = permit.touches_anything() ? outcome::invalidate : outcome::pass;
  // A record that was asked for by GET or HEAD and may not come from the cache.
  if (of_record) why = outcome::bypass;
  client.report() = {why, made.route};

  const std::string from = core_.config().forwarded_for ? client.client_address() : "";
  upstream_request asked = passed_request(request, core_, from, made.route);
  client.went_upstream_as(http::complete_trace_fields(asked.fields, begun ? begun->ids : ids_));
  resync_body named(client.body(), core_, permit, core_.tenant_of(request.fields, made.target.organisation));
  const bool is_resync = made.target.what == http::target_class::resync && !http::is_safe(request.method);
  body_source& body = is_resync ? named : client.body();
  relay_sink sink(client.sink(), permit, {.reason = passed_because(made), .detail = detail},
                  request.fields.lists("TE", "trailers"));
  const auto done = begun ? co_await begun->under_way->go_on(std::move(asked), body, sink)
                          : co_await origin_.relay(std::move(asked), body, sink);
  if (done) co_return;
  // Settled before the client hears of it, so that its next lookup already finds the consequence.
  if (done.error().sent) {
    permit.unanswered();
  } else {
    permit.not_sent();
  }
  spdlog::debug("pass-through failed: {}: {}", to_string(done.error().kind), done.error().detail);
  if (done.error().by_client) co_return;  // nobody to answer, or a malformed body, which the session refuses by name
  if (!client.answered()) co_await client.send(upstream_failed(done.error(), request.method, made));
}

}  // namespace sidecache::proxy
