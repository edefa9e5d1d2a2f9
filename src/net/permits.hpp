// How many connections a server may have at once. A permit is taken before a connection is accepted: what can't be
// served stays in the kernel's queue instead of being accepted and dropped. Thread-safe.
#pragma once

#include <atomic>
#include <cstddef>
#include <functional>

namespace sidecache::net {

class permits {
 public:
  /// `on_free` is called, on the thread that gives one back, if somebody was turned away before; `on_empty` when the
  /// last one was given back.
  permits(std::size_t limit, std::function<void()> on_free, std::function<void()> on_empty)
      : limit_(limit), on_free_(std::move(on_free)), on_empty_(std::move(on_empty)) {}

  [[nodiscard]] bool try_take() {
    if (take()) return true;
    turned_away_ = true;
    return take();  // one may have been given back in between, with nobody to tell of it
  }
  void give_back() {
    const auto left = --taken_;
    if (turned_away_.exchange(false)) on_free_();
    if (left == 0) on_empty_();
  }
  [[nodiscard]] std::size_t taken() const { return taken_; }

 private:
  bool take() {
    auto now = taken_.load();
    while (now < limit_)
      if (taken_.compare_exchange_weak(now, now + 1)) return true;
    return false;
  }

  std::size_t limit_;
  std::atomic<std::size_t> taken_ = 0;
  std::atomic<bool> turned_away_ = false;
  std::function<void()> on_free_;
  std::function<void()> on_empty_;
};

}  // namespace sidecache::net
