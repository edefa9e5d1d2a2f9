// One thread of a replay: keeps its share of a schedule over its share of the connections.
//
// Theory of operation: the schedule's next request is the only one that is looked at. When its time has come and a
// connection is free, it is sent; when none is, it stays where it is, and so do those behind it, until a connection
// becomes free. That is the queue: it needs no memory however far the target falls behind, keeps the order, and every
// latency counts from the intended start, so no wait is left out (coordinated omission). One timer waits for the next
// start. How late a request is taken up though a connection was free is the sender's own fault, and recorded as its
// lag.
//
//   connections opened -> ready(); start(begin) -> ... plan over and all answered, or given up -> run() returns
//
// After the plan's end what is still due may be sent and answered for one more timeout. stop() ends it earlier: nothing
// more is sent, and what is under way has a second.
//
// Threads: run() on the sender's own; start(), stop() and progress() from any; result() after run().
#pragma once

#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <deque>
#include <functional>
#include <memory>
#include <vector>

#include "net/deadline_sweep.hpp"
#include "replay/link.hpp"
#include "replay/tally.hpp"
#include "replay/target.hpp"
#include "replay/workload.hpp"

namespace sidecache::replay {

struct share {
  std::size_t connections = 64;  ///< of this thread, at least 1
  unsigned thread = 0;           ///< takes each `threads`-th request from the `thread`-th on
  unsigned threads = 1;
  duration timeout = std::chrono::seconds(10);
  duration warm_up{};  ///< what is meant to start before is sent and not counted
};

/// For people who watch: everything so far, the warm-up too.
struct progress_figures {
  std::uint64_t answered = 0;
  std::uint64_t errors = 0;
  duration behind{};  ///< of the last request that was sent
};

class sender final : link::owner {
 public:
  /// `ready`: on the sender's thread, with how many connections there are and the first problem with the others.
  using on_ready = std::function<void(std::size_t connected, const std::string& problem)>;

  sender(const workload& work, const target& to, const share& what, on_ready ready);

  void run();
  void start(mono_time begin);
  void stop();
  [[nodiscard]] progress_figures progress() const;

  [[nodiscard]] const tally& result() const { return tally_; }
  /// Of this thread, from start() on.
  [[nodiscard]] duration cpu() const { return cpu_; }
  [[nodiscard]] mono_time ended() const { return ended_; }

 private:
  void opened(link& which, const std::string& problem) override;
  void answered(link& which, const answer& what) override;
  void free(link& which) override;

  void open_next();
  void begin(mono_time at);
  /// Sends what is due, and waits for what comes next.
  void pump();
  void send(const planned_request& what, mono_time now);
  void wait_until(mono_time intended);
  void advance();
  /// No more is sent: what was due is counted.
  void cut_plan();
  void give_up();
  void end_if_done();
  void end();

  const workload& work_;
  share share_;
  on_ready ready_;
  asio::io_context context_{1};
  net::deadline_sweep sweep_;
  asio::steady_timer next_start_;
  asio::steady_timer last_call_;
  std::vector<std::unique_ptr<link>> links_;
  std::deque<link*> free_;
  mono_time free_since_;
  std::unique_ptr<schedule> schedule_;
  std::optional<planned_request> next_;
  mono_time begin_;
  bool waiting_ = false;
  std::size_t opening_ = 0;  // links whose open() was called
  std::size_t settled_ = 0;
  std::size_t connected_ = 0;
  std::size_t busy_ = 0;
  std::string problem_;
  tally tally_;
  duration cpu_{};
  duration cpu_before_{};
  mono_time ended_;
  std::atomic<std::uint64_t> answers_so_far_ = 0;
  std::atomic<std::uint64_t> errors_so_far_ = 0;
  std::atomic<std::int64_t> behind_ns_ = 0;
};

}  // namespace sidecache::replay
