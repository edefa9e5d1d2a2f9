// Whose cache counts, among processes that take turns on one set of listening sockets.
//
// A supervisor replaces its worker while requests come. For a while two processes answer the same clients, each with a
// cache of its own, and a write through one must not be followed by the old record from the other (promise 2). They
// share one page of memory:
//
//   serving   the seat of the worker whose cache counts. A new worker takes it before it accepts its first connection;
//             from then on the other finds nothing in its own cache, stores nothing and shares no flight: it passes on.
//   writes    how many writes each has settled. A write still comes through the old one's connections, and then
//             everything that the new one holds may have been asked before it, and goes.
//
//   old:  .. hit .. | pass on ........ write, 2xx: writes[old]++, answer handed on
//   new:            take()  accept ... miss, store ............................... lookup: writes[old] moved: drop all
//
// No messages and nothing to wait for: the count goes up before the answer is handed on, so that whoever asks because
// of that answer finds it. The price for a hit is two loads of lines that nobody writes to.
//
// A new worker that dies young leaves its seat's count behind: the old one may be given the seat back and catches up.
//
// Thread-safe; the page outlives it.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>

namespace sidecache::proxy {

/// All zero at first: what a page of anonymous memory holds.
struct tenure_page {
  std::atomic<std::uint32_t> serving;
  struct alignas(64) count {
    std::atomic<std::uint64_t> settled;
  };
  std::array<count, 2> writes;
};
static_assert(std::atomic<std::uint64_t>::is_always_lock_free, "processes share it");

class tenure {
 public:
  /// Nobody else serves.
  tenure() : page_(std::make_shared<tenure_page>()) {}
  /// `seat` is 0 or 1, and nobody else alive has it.
  tenure(std::shared_ptr<tenure_page> shared, std::uint32_t seat) : page_(std::move(shared)), seat_(seat) {}

  /// From now on this one's cache counts.
  void take() { page_->serving.store(seat_); }
  [[nodiscard]] bool holds() const { return page_->serving.load(std::memory_order_acquire) == seat_; }

  /// A write was settled here. Before its answer is handed on.
  void wrote() { page_->writes[seat_].settled.fetch_add(1); }
  [[nodiscard]] std::uint64_t others_wrote() const {
    return page_->writes[1 - seat_].settled.load(std::memory_order_acquire);
  }

 private:
  std::shared_ptr<tenure_page> page_;
  std::uint32_t seat_ = 0;
};

}  // namespace sidecache::proxy
