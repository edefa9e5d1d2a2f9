#include "proxy/flight_wait.hpp"

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace sidecache::proxy {
namespace {

/// A coroutine that waits. Whichever comes first resumes it: the flight's end, the alarm or the cancellation.
/// Only its own thread touches it.
template <class Handler>
struct flight_waiter {
  std::optional<Handler> handler;
  asio::cancellation_slot slot;
  std::unique_ptr<alarm> patience;

  void resume(awaited result) {
    if (!handler) return;
    slot.clear();
    patience.reset();
    Handler once = std::move(*handler);
    handler.reset();
    std::move(once)(std::move(result));
  }
};

template <class Handler>
void resume_after(const record_flights::flight_ptr& flight, alarms& clocks, std::optional<mono_time> until,
                  Handler handler) {
  const auto work = asio::make_work_guard(asio::get_associated_executor(handler));
  const auto slot = asio::get_associated_cancellation_slot(handler);
  const auto waiter = std::make_shared<flight_waiter<Handler>>(std::move(handler), slot);
  // Weak: the slot belongs to the coroutine, which the waiter's handler owns; and it owns the alarm.
  const auto resume_with = [work, weak = std::weak_ptr(waiter)](awaited result) {
    asio::post(work.get_executor(), [weak, came = std::move(result)]() mutable {
      if (const auto still = weak.lock()) still->resume(std::move(came));
    });
  };
  if (waiter->slot.is_connected())
    waiter->slot.assign([resume_with](asio::cancellation_type /*how*/) { resume_with({}); });
  if (until) waiter->patience = clocks.set(*until, [resume_with] { resume_with({.landed = {}, .late = true}); });
  flight->wait([work, waiter](std::optional<landing_ptr> result) {
    asio::post(work.get_executor(),
               [waiter, came = std::move(result)]() mutable { waiter->resume({.landed = std::move(came)}); });
  });
}

}  // namespace

asio::awaitable<awaited> wait_for(record_flights::flight_ptr flight, alarms& clocks, std::optional<mono_time> until) {
  co_return co_await asio::async_initiate<const asio::use_awaitable_t<>, void(awaited)>(
      [flight, &clocks, until](auto handler) { resume_after(flight, clocks, until, std::move(handler)); },
      asio::use_awaitable);
}

}  // namespace sidecache::proxy
