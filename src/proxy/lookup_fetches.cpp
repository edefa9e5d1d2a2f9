// The part of proxy_handler that asks the control plane for records: fetches that belong to no client, and outlive
// those which set them off.
#include <spdlog/spdlog.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/log_failure.hpp"
#include "base/secret.hpp"
#include "http/head_block.hpp"
#include "http/trace_context.hpp"
#include "proxy/forwarding.hpp"
#include "proxy/proxy_handler.hpp"

namespace sidecache::proxy {
namespace {

void log_end(const std::exception_ptr& thrown) {
  if (thrown) log_failure(thrown, "a fetch ended by an exception");
}

void log_failed(const std::expected<upstream_answer, failure>& came) {
  if (!came) spdlog::debug("lookup upstream failed: {}: {}", to_string(came.error().kind), came.error().detail);
}

}  // namespace

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
  upstream_request asked = lookup_request(who.request, core_, http::route_of(of.kind));
  const http::made_ids made = http::complete_trace_fields(asked.fields, ids_);
  asked.urgency = how;
  spawn_fetch(std::move(permit), of, std::move(asked), kept);
  return made;
}

void proxy_handler::spawn_fetch(record_flights::permit permit, const lookup& of, upstream_request asked, keeping kept) {
  asked.credential = of.partition;
  asio::co_spawn(executor_, fetch(std::move(permit), of, std::move(asked), kept), log_end);
}

/// A miss whose request is on its way without a coroutine. Kept by who is to tell it of the answer.
class proxy_handler::sent_fetch final : public answer_waiter, public std::enable_shared_from_this<sent_fetch> {
 public:
  /// `by` outlives it, as it does coroutines.
  sent_fetch(proxy_handler& by, record_flights::permit permit, const lookup& of, wiped_text lines)
      : by_(by), permit_(std::move(permit)), of_(of), lines_(std::move(lines)) {}

  void begin(std::string_view target) {
    const auto& config = by_.core_.config();
    under_way_ = by_.origin_.begin_fetch({.target = target, .lines = lines_.bytes, .route = http::route_of(of_.kind)},
                                         config.record_bytes, shared_from_this());
    if (!under_way_) by_.spawn_fetch(std::move(permit_), of_, request(), keeping::stored);
  }
  void answer_came() override {
    try {
      if (auto whole = under_way_->take()) return land(std::move(*whole));
      asio::co_spawn(by_.executor_, go_on(shared_from_this()), log_end);
    } catch (...) {
      log_end(std::current_exception());
    }
  }

 private:
  static asio::awaitable<void> go_on(std::shared_ptr<sent_fetch> self) {
    self->land(co_await self->under_way_->go_on(self->request()));
  }
  void land(const std::expected<upstream_answer, failure>& came) {
    const core::attempt asked{permit_.of(), of_, nullptr, sent_, true, terms_};
    by_.settle(std::move(permit_), asked, came);
  }
  [[nodiscard]] upstream_request request() const {
    upstream_request made;
    made.target = of_.target();
    made.fields.reserve(lines_.bytes.size());  // what grows leaves copies behind
    http::for_each_field(lines_.bytes, [&](auto name, auto value) { made.fields.add(name, value); });
    made.route = http::route_of(of_.kind);
    made.credential = of_.partition;
    return made;
  }

  proxy_handler& by_;
  record_flights::permit permit_;
  lookup of_;
  wiped_text lines_;
  instant sent_ = by_.core_.now();
  asking_terms terms_ = by_.core_.asking_terms_of(of_);
  std::unique_ptr<begun_fetch> under_way_;
};

void proxy_handler::send_fetch(record_flights::permit permit, const lookup& of, std::string_view target,
                               wiped_text lines) {
  std::make_shared<sent_fetch>(*this, std::move(permit), of, std::move(lines))->begin(target);
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
  if (how == keeping::none) {
    log_failed(came);
    permit.land(unkept(of, came, core_.now()));
    co_return;
  }
  const core::attempt asked{permit.of(), of, confirming, sent, how == keeping::stored, terms};
  settle(std::move(permit), asked, came);
}

void proxy_handler::settle(record_flights::permit permit, const core::attempt& asked,
                           const std::expected<upstream_answer, failure>& came) {
  log_failed(came);
  auto landed = core_.settle(asked, came);
  if (landed->unknown_fields + landed->unknown_values > 0)
    observer_.unknown_in_record(asked.of.kind, landed->unknown_fields, landed->unknown_values);
  permit.land(std::move(landed));
}

}  // namespace sidecache::proxy
