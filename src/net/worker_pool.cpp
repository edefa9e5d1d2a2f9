#include "net/worker_pool.hpp"

#include <fmt/format.h>
#include <pthread.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <cstdlib>
#include <exception>

#include "base/asio/as_result.hpp"
#include "base/background_thread.hpp"

namespace sidecache::net {
namespace {

[[noreturn]] void end_loudly(std::string_view thread, std::string_view what) {
  spdlog::critical("{}: an exception left a handler, which is a bug: {}", thread, what);
  spdlog::default_logger()->flush();
  fmt::print(stderr, "sidecache: {}: an exception left a handler: {}\n", thread,
             what);  // an async logger may not get to it
  std::abort();
}

/// The end of an answer goes through the queue more than once: a write's completion, a handler's, the session's.
constexpr int rounds_to_catch_up = 4;

/// Calls `then` on that thread when the queue was gone through so many times.
template <class Function>
void go_round(asio::io_context& of, int rounds, Function then) {
  asio::post(of, [&of, rounds, then = std::move(then)]() mutable {
    if (rounds > 1) return go_round(of, rounds - 1, std::move(then));
    then();
  });
}

}  // namespace

worker_pool::worker_pool(std::size_t threads, std::string name, bool behind_others)
    : name_(std::move(name)), behind_others_(behind_others) {
  for (std::size_t i = 0; i < std::max<std::size_t>(threads, 1); ++i)
    workers_.push_back(std::make_unique<worker>(i, buffers_));
}

worker_pool::~worker_pool() { stop(); }

void worker_pool::start() {
  if (running()) return;
  for (const auto& w : workers_) {
    w->context.restart();
    guards_.emplace_back(w->context.get_executor());
    threads_.emplace_back([this, &at = *w] { run(at); });
  }
  running_.store(true, std::memory_order_release);  // a page may be asked for while they start
}

void worker_pool::stop() {
  running_.store(false, std::memory_order_release);
  for (const auto& w : workers_) w->context.stop();
  for (auto& thread : threads_) thread.join();
  threads_.clear();
  guards_.clear();
}

void worker_pool::poll() {
  for (const auto& w : workers_) {
    w->context.restart();
    w->context.poll();
  }
}

asio::awaitable<void> worker_pool::caught_up(duration patience) {
  if (!running()) co_return;
  const auto here = co_await asio::this_coro::executor;
  asio::steady_timer timer(here, patience);
  // Of this thread alone. The frame may be gone by the time that a worker gets to it.
  struct wait {
    asio::steady_timer* timer;
    std::size_t left;
  };
  const auto all = std::make_shared<wait>(&timer, workers_.size());
  for (const auto& w : workers_) {
    go_round(w->context, rounds_to_catch_up, [here, all] {
      asio::post(here, [all] {
        if (--all->left == 0 && all->timer != nullptr) all->timer->cancel();
      });
    });
  }
  co_await timer.async_wait(as_result);
  all->timer = nullptr;
}

worker& worker_pool::least_loaded() {
  return **std::ranges::min_element(workers_, {},
                                    [](const auto& w) { return w->connections.load(std::memory_order_relaxed); });
}

void worker_pool::run(worker& w) {
  const auto name = fmt::format("{}-{}", name_, w.index);
  pthread_setname_np(pthread_self(), name.substr(0, 15).c_str());  // 15: the kernel's limit
  if (behind_others_) run_behind_workers();
  try {
    w.context.run();
  } catch (const std::exception& e) {
    end_loudly(name, e.what());
  } catch (...) {
    end_loudly(name, "of an unknown type");
  }
}

}  // namespace sidecache::net
