// A coroutine's wait for a time, or for something that happens before, by alarms, so that tests drive it.
//
// Theory of operation: the waiting coroutine belongs to an entry in the list here: destroying this destroys the
// coroutines that still wait, with everything they hold. (Were alarm or handler in the coroutine's own frame, or in
// something that it owns, the two would keep each other for ever.) One thread's; the alarms outlive it.
#pragma once

#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <functional>
#include <list>
#include <memory>
#include <optional>

#include "base/alarms.hpp"

namespace sidecache::resilience {

namespace asio = boost::asio;

class waiting {
  struct entry {
    std::unique_ptr<alarm> at;
    std::function<void()> resume;
  };
  using place = std::list<entry>::iterator;

 public:
  /// Ends a wait before its time. The one that waits keeps it alive.
  class wake_up {
   public:
    /// Nothing, if nobody waits.
    void now() {
      if (asleep_) in_->go(*asleep_, this);
    }

   private:
    friend class waiting;
    waiting* in_ = nullptr;
    std::optional<place> asleep_;
  };

  explicit waiting(alarms& by) : alarms_(by) {}
  waiting(const waiting&) = delete;
  waiting& operator=(const waiting&) = delete;

  /// mono_time::max(): until it is woken.
  asio::awaitable<void> until(mono_time when, wake_up* by = nullptr) {
    co_await asio::async_initiate<const asio::use_awaitable_t<>, void()>(
        [this, when, by](auto handler) { begin(when, by, std::move(handler)); }, asio::use_awaitable);
  }

 private:
  template <class Handler>
  void begin(mono_time when, wake_up* by, Handler handler) {
    const auto at = set_.emplace(set_.end());
    at->resume = [kept = std::make_shared<Handler>(std::move(handler))] {
      Handler once = std::move(*kept);
      std::move(once)();
    };
    if (by != nullptr) {
      by->in_ = this;
      by->asleep_ = at;
    }
    if (when != mono_time::max()) at->at = alarms_.set(when, [this, at, by] { go(at, by); });
  }

  void go(place at, wake_up* by) {
    if (by != nullptr) by->asleep_.reset();
    const auto resume = std::move(at->resume);
    set_.erase(at);
    resume();
  }

  alarms& alarms_;
  std::list<entry> set_;
};

}  // namespace sidecache::resilience
