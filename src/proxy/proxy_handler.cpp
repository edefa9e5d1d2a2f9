#include "proxy/proxy_handler.hpp"

#include <spdlog/spdlog.h>

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "proxy/cache_status.hpp"
#include "proxy/forwarding.hpp"
#include "proxy/relay_sink.hpp"

namespace sidecache::proxy {
namespace {

/// A flight that ends without a result is tried again by those who waited for it, this often.
constexpr int most_boardings = 3;

answer from_entry(const entry_ptr& entry, outcome why, http::route route) {
  answer made;
  made.owner = entry;
  made.status = entry->status;
  made.head = entry->head;
  if (entry->body) made.body = *entry->body;
  made.report = {why, route};
  return made;
}

answer failure_answer(failure_kind why, http::method method) {
  switch (why) {
    case failure_kind::timeout:
      return make_error(504, "upstream_timeout", "the control plane did not answer in time", method);
    case failure_kind::overloaded: {
      answer reply = make_error(503, "overloaded", "too many requests wait for the control plane", method);
      reply.extra.append("Retry-After: 1\r\n");
      return reply;
    }
    default:
      return make_error(502, "upstream_failed",
                        "the control plane could not be reached: " + std::string(to_string(why)), method);
  }
}

answer failed(const failure& why, http::method method, const plan& made) {
  answer reply = failure_answer(why.kind, method);
  reply.extra.append("Cache-Status: ");
  append_forwarded(reply.extra, {.reason = made.forward, .detail = to_string(why.kind)});
  reply.extra.append("\r\n");
  reply.report = {why.kind == failure_kind::overloaded ? outcome::shed : outcome::error, made.route};
  return reply;
}

/// A coroutine that waits for a flight. Resumed on its own thread when the flight ends, or empty-handed when it is
/// cancelled: an aborted session must not outlast the shutdown's grace because the control plane stalls.
/// Only that thread touches it.
template <class Handler>
struct flight_waiter {
  std::optional<Handler> handler;
  asio::cancellation_slot slot;

  void resume(std::optional<landing_ptr> result) {
    if (!handler) return;  // the other of the two was first
    slot.clear();
    Handler once = std::move(*handler);
    handler.reset();
    std::move(once)(std::move(result));
  }
};

template <class Handler>
void resume_after(const record_flights::flight_ptr& flight, Handler handler) {
  const auto work = asio::make_work_guard(asio::get_associated_executor(handler));
  const auto slot = asio::get_associated_cancellation_slot(handler);
  const auto waiter = std::make_shared<flight_waiter<Handler>>(std::move(handler), slot);
  // Weak: the slot belongs to the coroutine, which the waiter's handler owns.
  if (waiter->slot.is_connected())
    waiter->slot.assign([work, weak = std::weak_ptr(waiter)](asio::cancellation_type /*how*/) {
      asio::post(work.get_executor(), [weak] {
        if (const auto still = weak.lock()) still->resume(std::nullopt);
      });
    });
  flight->wait([work, waiter](std::optional<landing_ptr> result) {
    asio::post(work.get_executor(), [waiter, came = std::move(result)]() mutable { waiter->resume(std::move(came)); });
  });
}

/// Waits until the flight ends; the continuation runs on the waiting coroutine's own thread.
asio::awaitable<std::optional<landing_ptr>> wait_for(record_flights::flight_ptr flight) {
  co_return co_await asio::async_initiate<const asio::use_awaitable_t<>, void(std::optional<landing_ptr>)>(
      [flight](auto handler) { resume_after(flight, std::move(handler)); }, asio::use_awaitable);
}

}  // namespace

proxy_handler::proxy_handler(core& shared, origin& upstream, observer& watching, asio::any_io_executor executor)
    : core_(shared), origin_(upstream), observer_(watching), executor_(std::move(executor)) {}

std::optional<answer> proxy_handler::answer_now(const http::request_head& request) {
  if (request.method != http::method::get && request.method != http::method::head) return std::nullopt;
  const plan made = plan_request(request, core_.config().prefixes);
  if (made.what != action::lookup) return std::nullopt;
  core_.describe(request, made, scratch_);
  const instant now = core_.now();
  const seen found = core_.look(scratch_, now);
  auto ready = serve(found, now, made);
  if (ready && ready->report.outcome == outcome::stale_while_revalidate) refresh(scratch_, request);
  return ready;
}

asio::awaitable<void> proxy_handler::handle(exchange& client) {
  const plan made = plan_request(client.request(), core_.config().prefixes);
  if (auto instead = answer_instead(client.request(), core_.pseudonym(), made.route)) {
    co_await client.send(std::move(*instead));
  } else if (made.what == action::lookup) {
    co_await answer_lookup(client, made);
  } else {
    co_await relay(client, made, made.detail);
  }
}

/// What memory alone can answer: a fresh entry, or one in its stale-while-revalidate time.
std::optional<answer> proxy_handler::serve(const seen& found, instant now, const plan& made) {
  using enum cache::usability;
  if (!found.entry || found.entry->what == cache::entry_class::marker) return std::nullopt;
  if (found.use != fresh && found.use != revalidate) return std::nullopt;
  const bool negative = found.entry->what == cache::entry_class::negative;
  const outcome why =
      found.use == revalidate ? outcome::stale_while_revalidate : (negative ? outcome::negative_hit : outcome::hit);
  answer ready = from_entry(found.entry, why, made.route);
  append_hit(ready.extra, *found.entry, now, found.use == revalidate ? "stale-while-revalidate" : "");
  return ready;
}

std::optional<answer> proxy_handler::serve_stale(const seen& found, instant now, const plan& made, bool outage) {
  using enum cache::usability;
  if (auto ready = serve(found, now, made)) return ready;  // it came by another way meanwhile
  const bool allowed = found.use == on_error || (outage && found.use == on_outage);
  if (!found.entry || found.entry->what != cache::entry_class::record || !allowed) return std::nullopt;
  answer ready = from_entry(found.entry, outcome::stale_error, made.route);
  append_hit(ready.extra, *found.entry, now, "stale-error");
  return ready;
}

/// The control plane said 429 to this credential: its lookups wait, and are answered from memory or refused till then.
std::optional<answer> proxy_handler::answer_paused(const seen& found, const lookup& of, instant now, const plan& made) {
  const auto until = core_.paused_until(of, now);
  if (!until) return std::nullopt;
  if (auto stale = serve_stale(found, now, made, false)) return stale;
  answer refused =
      make_error(429, "credential_paused", "the control plane asked this credential to slow down", http::method::get);
  refused.extra.append("Retry-After: ");
  refused.extra.append(std::chrono::ceil<std::chrono::seconds>(*until - now.mono).count());
  refused.extra.append("\r\n");
  refused.report = {outcome::shed, made.route};
  return refused;
}

asio::awaitable<void> proxy_handler::answer_lookup(exchange& client, const plan& made) {
  lookup of;
  core_.describe(client.request(), made, of);
  for (int boarding = 0; boarding < most_boardings; ++boarding) {
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
    auto ready = serve(found, now, made);
    if (!ready) ready = answer_paused(found, of, now, made);
    if (ready) {
      co_await client.send(std::move(*ready));
      co_return;
    }
    auto boarded = core_.board(of);
    const bool leads = boarded.permit.has_value();
    if (leads) {
      // Between look() and board() another flight may have landed and stored: then this one must not fetch again.
      const seen again = core_.look(of, core_.now());
      if (again.entry && again.use == cache::usability::fresh) continue;
      start_fetch(std::move(*boarded.permit), of, client.request());
    }
    const auto landed = co_await wait_for(boarded.flight);
    if (!landed && (co_await asio::this_coro::cancellation_state).cancelled() != asio::cancellation_type::none)
      co_return;
    if (!landed) continue;
    co_await answer_landing(client, made, of, *landed, leads, found.entry != nullptr);
    co_return;
  }
  co_await client.send(failed({.kind = failure_kind::reset, .sent = true, .detail = "flights ended without a result"},
                              client.request().method, made));
}

asio::awaitable<void> proxy_handler::answer_landing(exchange& client, const plan& made, const lookup& of,
                                                    landing_ptr landed, bool leads, bool had_entry) {
  const consequence& follows = consequence_of(landed->verdict);
  if (follows.stale_first) {
    const instant now = core_.now();
    if (auto stale = serve_stale(core_.look(of, now), now, made, follows.outage)) {
      co_await client.send(std::move(*stale));
      co_return;
    }
  }
  if (landed->verdict == verdict::too_large) {
    co_await relay(client, made, "not-storable");
    co_return;
  }
  if (!landed->answer) {
    co_await client.send(failed(landed->why.value_or(failure{}), client.request().method, made));
    co_return;
  }
  const bool confirmed = landed->verdict == verdict::confirmed;
  outcome why = leads ? (confirmed ? outcome::revalidated : outcome::miss) : outcome::collapsed;
  if (landed->verdict == verdict::unavailable) why = outcome::error;
  answer reply = from_entry(landed->answer, why, made.route);
  if (const auto age = std::chrono::floor<std::chrono::seconds>(landed->answer->initial_age); age.count() > 0) {
    reply.extra.append("Age: ");
    reply.extra.append(age.count());
    reply.extra.append("\r\n");
  }
  reply.extra.append("Cache-Status: ");
  append_forwarded(reply.extra, {.reason = had_entry ? "stale" : "uri-miss",
                                 .status = confirmed ? 304 : landed->answer->status,
                                 .stored = landed->stored,
                                 .collapsed = !leads,
                                 .detail = {}});
  reply.extra.append("\r\n");
  co_await client.send(std::move(reply));
}

void proxy_handler::refresh(const lookup& of, const http::request_head& request) {
  if (answer_instead(request, core_.pseudonym(), http::route_of(of.kind))) return;  // a loop; it got its stale answer
  if (core_.paused_until(of, core_.now())) return;
  auto boarded = core_.board(of);
  if (boarded.permit) start_fetch(std::move(*boarded.permit), of, request);
}

void proxy_handler::start_fetch(record_flights::permit permit, const lookup& of, const http::request_head& request) {
  upstream_request asked = lookup_request(request, core_, http::route_of(of.kind));
  asio::co_spawn(executor_, fetch(std::move(permit), of, std::move(asked)), [](const std::exception_ptr& failure) {
    if (!failure) return;
    try {
      std::rethrow_exception(failure);
    } catch (const std::exception& error) {
      spdlog::error("a fetch ended by an exception: {}", error.what());
    }
  });
}

asio::awaitable<void> proxy_handler::fetch(record_flights::permit permit, lookup of, upstream_request request) {
  const instant sent = core_.now();
  const entry_ptr confirming = core_.to_confirm(of, sent);
  if (confirming && !confirming->etag.empty()) request.fields.add("If-None-Match", confirming->etag);
  if (confirming && !confirming->last_modified.empty())
    request.fields.add("If-Modified-Since", confirming->last_modified);
  const auto came = co_await origin_.fetch(std::move(request), core_.config().record_bytes);
  if (!came) spdlog::debug("lookup upstream failed: {}: {}", to_string(came.error().kind), came.error().detail);
  auto landed = core_.settle({permit.of(), of, confirming, sent}, came);
  if (landed->unknown_fields + landed->unknown_values > 0)
    observer_.unknown_in_record(of.kind, landed->unknown_fields, landed->unknown_values);
  permit.land(std::move(landed));
}

asio::awaitable<void> proxy_handler::relay(exchange& client, const plan& made, std::string_view detail) {
  const http::request_head& request = client.request();
  write_permit permit = core_.begin_write(request, made);
  outcome why = outcome::pass;
  if (permit.touches_anything()) why = outcome::invalidate;
  // A record that was asked for by GET or HEAD and may not come from the cache.
  if (made.target.what == http::target_class::record && http::is_safe(request.method)) why = outcome::bypass;
  client.report() = {why, made.route};

  const std::string from = core_.config().forwarded_for ? client.client_address() : "";
  upstream_request asked = passed_request(request, core_, from, made.route);
  const std::string_view reason = made.what == action::lookup ? "bypass" : made.forward;
  relay_sink sink(client.sink(), permit, {.reason = reason, .detail = detail}, request.fields.lists("TE", "trailers"));
  const auto done = co_await origin_.relay(std::move(asked), client.body(), sink);
  if (done) co_return;
  // Settled before the client hears of it, so that its next lookup already finds the consequence.
  if (done.error().sent) {
    permit.unanswered();
  } else {
    permit.not_sent();
  }
  spdlog::debug("pass-through failed: {}: {}", to_string(done.error().kind), done.error().detail);
  if (done.error().by_client) co_return;  // nobody to answer, or a malformed body, which the session refuses by name
  if (!client.answered()) co_await client.send(failed(done.error(), request.method, made));
}

}  // namespace sidecache::proxy
