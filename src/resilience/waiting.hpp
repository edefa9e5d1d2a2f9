// A coroutine's wait for a time, by alarms, so that tests drive it.
//
// Theory of operation: the waiting coroutine belongs to its alarm, and its alarm to the list here: destroying this
// destroys the coroutines that still wait, with everything they hold. (Were the alarm in the coroutine's own frame, the
// two would keep each other for ever.) One thread's; the alarms outlive it.
#pragma once

#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <list>
#include <memory>

#include "base/alarms.hpp"

namespace sidecache::resilience {

namespace asio = boost::asio;

class waiting {
 public:
  explicit waiting(alarms& by) : alarms_(by) {}
  waiting(const waiting&) = delete;
  waiting& operator=(const waiting&) = delete;

  asio::awaitable<void> until(mono_time when) {
    co_await asio::async_initiate<const asio::use_awaitable_t<>, void()>(
        [this, when](auto handler) { begin(when, std::move(handler)); }, asio::use_awaitable);
  }

 private:
  using list = std::list<std::unique_ptr<alarm>>;

  template <class Handler>
  void begin(mono_time when, Handler handler) {
    const auto at = set_.emplace(set_.end());
    auto kept = std::make_shared<Handler>(std::move(handler));
    *at = alarms_.set(when, [this, at, kept = std::move(kept)] {
      Handler resume = std::move(*kept);
      set_.erase(at);
      std::move(resume)();
    });
  }

  alarms& alarms_;
  list set_;
};

}  // namespace sidecache::resilience
