// The threads that do everything: one io_context a thread, no strands, nothing that migrates.
//
// Theory of operation: what belongs to a worker (sessions, upstream connections, counters) is touched only by its
// thread, so it needs no lock; other threads reach it by asio::post on its context. An exception that leaves a handler
// is a bug: it is logged and ends the process, rather than leaving it running with a worker less.
//
// Lifetime: the pool outlives everything that lives on its contexts. stop() only joins the threads, so that what still
// owns sockets and timers can be destroyed after it and before the pool.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <cstddef>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/secret.hpp"
#include "net/buffer_budget.hpp"
#include "net/date_field.hpp"
#include "net/deadline_sweep.hpp"
#include "net/ready_set.hpp"

namespace sidecache::net {

/// For what is read and written while a connection is told of something, so that it needs no memory of its own between
/// requests.
struct passing_memory {
  static constexpr std::size_t arriving_bytes = std::size_t{16} * 1024;

  /// Of the first so many bytes of `arriving`.
  void arrived(std::size_t size) { touched = std::max(touched, size); }
  void scrub() {
    wipe(arriving.get(), std::exchange(touched, 0));
    leaving.resize(leaving.capacity());
    wipe(leaving.data(), leaving.size());
    leaving.clear();
  }

  std::unique_ptr<char[]> arriving = std::make_unique_for_overwrite<char[]>(arriving_bytes);
  std::size_t touched = 0;
  std::string leaving;
};

struct worker {
  worker(std::size_t number, buffer_budget& budget) : index(number), buffered(budget.add_share()) {}
  worker(const worker&) = delete;
  worker& operator=(const worker&) = delete;
  ~worker() { scrub(); }

  /// What is in `memory` and `batch` is wiped within two seconds or so, however long nobody comes.
  void scrub_soon() {
    if (!scrubbing.armed()) scrubbing.arm_in(std::chrono::seconds(1));
  }
  void scrub() {
    memory.scrub();
    for (auto& each : batch) each.scrub();
  }

  std::size_t index;
  asio::io_context context{1};
  deadline_sweep sweep{context};
  date_field date;
  buffer_budget::share& buffered;
  passing_memory memory;                                     ///< within one handler
  std::array<passing_memory, ready_set::most_joined> batch;  ///< of who has joined others, by place
  deadline_sweep::item scrubbing{sweep, [this] { scrub(); }};
  std::atomic<std::size_t> connections = 0;  ///< of all servers on it; read by acceptors on another thread
  ready_set ready{context};                  ///< last: what still rests when it goes needs the rest
};

class worker_pool {
 public:
  /// At least one thread. `name` is what they are called in debuggers and /proc, with their number. `behind_others`:
  /// they wait where other threads want the core (base/background_thread.hpp).
  explicit worker_pool(std::size_t threads, std::string name = "worker", bool behind_others = false);
  worker_pool(const worker_pool&) = delete;
  worker_pool& operator=(const worker_pool&) = delete;
  ~worker_pool();

  void start();
  /// Returns when every thread has ended; handlers that are ready by then may stay unrun. Not from a worker.
  void stop();
  /// From any thread.
  [[nodiscard]] bool running() const { return running_.load(std::memory_order_acquire); }
  /// While no threads run: runs what is ready, on the caller's thread.
  void poll();

  [[nodiscard]] std::size_t size() const { return workers_.size(); }
  [[nodiscard]] worker& at(std::size_t index) { return *workers_.at(index); }
  /// Waits until every worker has ended what it was at and what that made ready, though no longer than `patience`
  /// (one may be at something long). A worker counts an answer after it has written it: who saw the answer and comes
  /// here first finds it counted. From a thread that outlives this pool's threads; at once while none run.
  asio::awaitable<void> caught_up(duration patience);
  /// The one with the fewest client connections.
  [[nodiscard]] worker& least_loaded();
  /// What all of them hold for messages under way.
  [[nodiscard]] buffer_budget& buffers() { return buffers_; }
  [[nodiscard]] const buffer_budget& buffers() const { return buffers_; }

 private:
  void run(worker& w);

  std::string name_;
  bool behind_others_;
  buffer_budget buffers_;
  std::vector<std::unique_ptr<worker>> workers_;
  std::vector<asio::executor_work_guard<asio::io_context::executor_type>> guards_;
  std::vector<std::thread> threads_;
  std::atomic<bool> running_{false};
};

}  // namespace sidecache::net
