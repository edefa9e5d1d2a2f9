#include "proxy/sync_poll.hpp"

#include <spdlog/spdlog.h>

#include <boost/asio/co_spawn.hpp>

#include "http/trace_context.hpp"

namespace sidecache::proxy {

sync_poll::sync_poll(core& by, origin& of, const clock& time, alarms& wake, asio::any_io_executor on,
                     poll_settings settings, secret credential, random_source ids)
    : core_(by),
      origin_(of),
      clock_(time),
      alarms_(wake),
      executor_(std::move(on)),
      settings_(std::move(settings)),
      credential_(std::move(credential)),
      ids_(ids) {
  if (settings_.path.empty()) return;
  organisation_ = http::classify_target(settings_.path, {}, http::plane_kind::data).organisation;
  later();
}

void sync_poll::later() {
  next_ = alarms_.set(clock_.now().mono + settings_.interval, [this] { poll(); });
}

void sync_poll::poll() {
  later();  // first: whatever becomes of this one, there is a next
  if (under_way_) return;
  if (core_.succeeded()) return;  // the successor asks, under the same identifier
  under_way_ = true;
  asio::co_spawn(executor_, ask(), [this](const std::exception_ptr& failure) {
    under_way_ = false;
    if (!failure) return;
    try {
      std::rethrow_exception(failure);
    } catch (const std::exception& error) {
      spdlog::error("a poll of sync ended by an exception: {}", error.what());
    }
  });
}

asio::awaitable<void> sync_poll::ask() {
  upstream_request request;
  request.target = settings_.path + (settings_.path.contains('?') ? "&" : "?") + "identifier=" + settings_.identifier;
  request.fields.add("Authorization", credential_.view());
  request.fields.add("Accept", "application/json");
  request.fields.add("Accept-Encoding", "identity");
  request.fields.add("User-Agent", "sidecache/" + core_.config().version);
  const http::made_ids made = http::complete_trace_fields(request.fields, ids_);
  request.route = http::route::sync;
  request.once = true;
  const tenant whose = core_.tenant_of(request.fields, organisation_);
  const auto came = co_await origin_.fetch(std::move(request), core_.config().sync_bytes);
  if (!came)
    spdlog::debug("a poll of sync failed: {}: {} (x-request-id {})", to_string(came.error().kind), came.error().detail,
                  made.request_id());
  core_.settle_own_sync(whose, came);
}

}  // namespace sidecache::proxy
