// The part of proxy_handler that asks the control plane for records: fetches that belong to no client, and outlive
// those which set them off.
#include <spdlog/spdlog.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "http/trace_context.hpp"
#include "proxy/forwarding.hpp"
#include "proxy/proxy_handler.hpp"

namespace sidecache::proxy {

/// Why the control plane is not asked while a drill plays that it is gone.
failure proxy_handler::kept_from_it(instant now) const {
  return {.kind = failure_kind::avoided, .detail = "a drill", .retry_after = core_.drill().ends_at() - now.mono};
}

void proxy_handler::refresh(const lookup& of, const asker& who, urgency how) {
  if (answer_instead(who.request, core_.pseudonym(), who.made.route)) return;  // a loop; it got its stale answer
  if (core_.paused_until(of, core_.now())) return;
  auto boarded = core_.board(of);
  if (boarded.permit) start_fetch(std::move(*boarded.permit), of, who, how, keeping::stored);
}

http::made_ids proxy_handler::start_fetch(record_flights::permit permit, const lookup& of, const asker& who,
                                          urgency how, keeping kept) {
  return start_fetch(std::move(permit), of, lookup_request(who.request, core_, http::route_of(of.kind)), how, kept);
}

http::made_ids proxy_handler::start_fetch(record_flights::permit permit, const lookup& of, upstream_request asked,
                                          urgency how, keeping kept) {
  const http::made_ids made = http::complete_trace_fields(asked.fields, ids_);
  asked.urgency = how;
  asked.credential = of.partition;
  asio::co_spawn(executor_, fetch(std::move(permit), of, std::move(asked), kept),
                 [](const std::exception_ptr& failure) {
                   if (!failure) return;
                   try {
                     std::rethrow_exception(failure);
                   } catch (const std::exception& error) {
                     spdlog::error("a fetch ended by an exception: {}", error.what());
                   }
                 });
  return made;
}

asio::awaitable<void> proxy_handler::fetch(record_flights::permit permit, lookup of, upstream_request request,
                                           keeping how) {
  const instant sent = core_.now();
  const asking_terms terms = core_.asking_terms_of(of);
  const entry_ptr confirming = how == keeping::none ? nullptr : core_.to_confirm(of, sent);
  if (confirming && !confirming->etag().empty() && !confirming->own_etag)
    request.fields.add("If-None-Match", confirming->etag());
  if (confirming && !confirming->last_modified().empty())
    request.fields.add("If-Modified-Since", confirming->last_modified());
  std::expected<upstream_answer, failure> came;
  if (core_.drill().on(sent.mono)) {
    came = std::unexpected(kept_from_it(sent));
  } else {
    came = co_await origin_.fetch(std::move(request), core_.config().record_bytes);
  }
  if (!came) spdlog::debug("lookup upstream failed: {}: {}", to_string(came.error().kind), came.error().detail);
  if (how == keeping::none) {
    permit.land(unkept(of, came, core_.now()));
    co_return;
  }
  auto landed = core_.settle({permit.of(), of, confirming, sent, how == keeping::stored, terms}, came);
  if (landed->unknown_fields + landed->unknown_values > 0)
    observer_.unknown_in_record(of.kind, landed->unknown_fields, landed->unknown_values);
  permit.land(std::move(landed));
}

}  // namespace sidecache::proxy
