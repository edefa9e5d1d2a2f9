#include "proxy/lookup_answers.hpp"

#include <algorithm>

#include "http/conditional.hpp"
#include "http/header_rules.hpp"
#include "http/http_date.hpp"
#include "proxy/cache_status.hpp"

namespace sidecache::proxy {
namespace {

constexpr std::string_view not_modified_line = "HTTP/1.1 304 Not Modified\r\n";

bool has_it_already(const cache::entry& e, const asker& who, instant now) {
  if (!who.terms.conditional || e.what != cache::entry_class::record || e.status != 200) return false;
  return http::not_modified(who.request.fields, e.etag(), http::parse_http_date(e.last_modified(), now.wall), now.wall);
}

void append_retry_after(answer& to, duration in) {
  to.extra.append("Retry-After: ");
  to.extra.append(std::max<std::int64_t>(1, std::chrono::ceil<std::chrono::seconds>(in).count()));
  to.extra.append("\r\n");
}

/// Gateways are told of an outage by 502 and 504 alone.
answer failure_answer(const failure& why, http::method method, plane_kind plane) {
  const auto make = plane == plane_kind::data ? make_enveloped_error : make_error;
  switch (why.kind) {
    case failure_kind::timeout:
      return make(504, "upstream_timeout", "the control plane did not answer in time", method);
    case failure_kind::overloaded: {
      answer reply = make(503, "overloaded", "too many requests wait for the control plane", method);
      append_retry_after(reply, why.retry_after);
      return reply;
    }
    case failure_kind::avoided: {
      answer reply = make(plane == plane_kind::data ? 502 : 503, "upstream_avoided",
                          "the control plane failed too often of late and is not asked for the moment", method);
      append_retry_after(reply, why.retry_after);
      return reply;
    }
    default:
      return make(502, "upstream_failed", "the control plane could not be reached: " + std::string(to_string(why.kind)),
                  method);
  }
}

outcome outcome_of(const seen& found, std::string_view detail) {
  using enum cache::usability;
  if (detail == "stale-error") return outcome::stale_error;
  if (found.use != fresh) return outcome::stale_while_revalidate;
  return found.entry->what == cache::entry_class::negative ? outcome::negative_hit : outcome::hit;
}

}  // namespace

bool is_servable(const seen& found) {
  if (!found.entry || found.entry->what == cache::entry_class::marker) return false;
  return found.use == cache::usability::fresh || found.use == cache::usability::revalidate;
}

void set_not_modified(const cache::entry& e, answer& out) {
  out.status = 304;
  out.head = not_modified_line;
  out.fields = std::string_view(e.head).substr(e.fields_of_304);
}

answer answer_from(const entry_ptr& entry, outcome why, const asker& who, instant now) {
  answer made;
  made.owner = entry;
  made.dated = entry->dated;
  made.report = {why, who.made.route};
  if (has_it_already(*entry, who, now)) {
    set_not_modified(*entry, made);
    return made;
  }
  made.status = entry->status;
  made.head = entry->head;
  made.body = entry->bytes();
  return made;
}

answer answer_from_memory(const seen& found, const asker& who, instant now, std::string_view detail) {
  answer ready = answer_from(found.entry, outcome_of(found, detail), who, now);
  append_hit(ready.extra, *found.entry, now, detail);
  const bool stale =
      ready.report.outcome == outcome::stale_error || ready.report.outcome == outcome::stale_while_revalidate;
  if (stale)
    ready.report.stale_age = std::max(duration{1}, found.entry->initial_age + (now.mono - found.entry->stored_at));
  return ready;
}

std::optional<answer> acceptable_answer(const seen& found, const asker& who, instant now) {
  if (is_servable(found) && accepts(who.terms, *found.entry, found.use, now))
    return answer_from_memory(found, who, now,
                              found.use == cache::usability::revalidate ? "stale-while-revalidate" : "");
  if (found.entry && found.entry->what == cache::entry_class::record &&
      accepts_stale(who.terms, *found.entry, found.use, now))
    return answer_from_memory(found, who, now, "max-stale");
  return std::nullopt;
}

std::optional<answer> stale_answer(const seen& found, const asker& who, instant now, bool outage) {
  using enum cache::usability;
  if (is_servable(found))  // it came by another way meanwhile, or the client had hoped for a newer one
    return answer_from_memory(found, who, now, found.use == revalidate ? "stale-while-revalidate" : "");
  const bool allowed = found.use == on_error || (outage && found.use == on_outage);
  if (!found.entry || found.entry->what != cache::entry_class::record || !allowed) return std::nullopt;
  if (!accepts_on_error(who.terms, *found.entry, now)) return std::nullopt;
  return answer_from_memory(found, who, now, "stale-error");
}

answer upstream_failed(const failure& why, http::method method, const plan& made) {
  answer reply = failure_answer(why, method, made.plane);
  reply.extra.append("Cache-Status: ");
  append_forwarded(reply.extra, {.reason = made.forward, .detail = to_string(why.kind)});
  reply.extra.append("\r\n");
  reply.report = {why.kind == failure_kind::overloaded ? outcome::shed : outcome::error, made.route};
  return reply;
}

answer answer_to_sync(upstream_answer came, const plan& made) {
  struct bytes {
    std::string head;
    std::string body;
  };
  auto owned = std::make_shared<bytes>();
  http::fields& kept = came.head.fields;
  http::erase_hop_by_hop(kept);
  kept.erase("content-length");
  owned->head.append("HTTP/1.1 ").append(std::to_string(came.head.status)).append(" ");
  owned->head.append(http::reason_phrase(came.head.status)).append("\r\n");
  kept.serialize(owned->head);
  owned->body = std::move(came.body);
  answer reply;
  reply.status = came.head.status;
  reply.head = owned->head;
  reply.body = owned->body;
  reply.owner = std::move(owned);
  reply.extra.append("Cache-Status: ");
  append_forwarded(reply.extra, {.reason = "bypass", .status = came.head.status, .detail = "sync"});
  reply.extra.append("\r\n");
  reply.report = {outcome::invalidate, made.route};
  return reply;
}

answer not_cached(const asker& who) {
  answer reply = make_error(504, "not_cached", "only-if-cached was asked for, and nothing is stored that may be served",
                            who.request.method);
  reply.extra.append("Cache-Status: sidecache; detail=only-if-cached\r\n");
  reply.report = {outcome::rejected, who.made.route};
  return reply;
}

answer credential_paused(const asker& who, duration left) {
  answer refused =
      make_error(429, "credential_paused", "the control plane asked this credential to slow down", http::method::get);
  append_retry_after(refused, left);
  refused.report = {outcome::shed, who.made.route};
  return refused;
}

}  // namespace sidecache::proxy
