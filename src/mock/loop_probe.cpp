#include "mock/loop_probe.hpp"

#include <boost/asio/post.hpp>
#include <chrono>
#include <ctime>

namespace sidecache::mock {
namespace {

using std::chrono::steady_clock;

constexpr duration interval = std::chrono::milliseconds(20);

/// Of the calling thread.
duration cpu_time() {
  timespec used{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
  return std::chrono::seconds(used.tv_sec) + std::chrono::nanoseconds(used.tv_nsec);
}

}  // namespace

void loop_probe::start() {
  boost::asio::post(timer_.get_executor(), [this] {
    second_began_ = steady_clock::now();
    cpu_then_ = cpu_time();
    wait();
  });
}

void loop_probe::wait() {
  due_ = steady_clock::now() + interval;
  timer_.expires_at(due_);
  timer_.async_wait([this](const boost::system::error_code& cancelled) {
    if (!cancelled) look();
  });
}

void loop_probe::look() {
  const auto now = steady_clock::now();
  loop_sample seen{.due = due_, .lag = now - due_, .second_began = second_began_};
  if (const auto passed = now - second_began_; passed >= std::chrono::seconds(1)) {
    const auto cpu = cpu_time();
    seen.second_busy = static_cast<double>((cpu - cpu_then_).count()) / static_cast<double>(passed.count());
    second_began_ = now;
    cpu_then_ = cpu;
  }
  instance_.sampled(seen);
  wait();
}

}  // namespace sidecache::mock
