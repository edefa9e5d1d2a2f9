// Threads that can be started and stopped, and that do not die silently.
#include "net/worker_pool.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <future>

namespace sidecache::net {
namespace {

std::string name_of_worker(worker& w) {
  std::promise<std::string> name;
  asio::post(w.context, [&] {
    std::array<char, 32> text{};
    pthread_getname_np(pthread_self(), text.data(), text.size());
    name.set_value(text.data());
  });
  return name.get_future().get();
}

TEST(worker_pool_test, each_worker_has_a_thread_with_a_name) {
  worker_pool pool(2, "side");
  pool.start();
  EXPECT_EQ(name_of_worker(pool.at(0)), "side-0");
  EXPECT_EQ(name_of_worker(pool.at(1)), "side-1");
}

int niceness_of_worker(worker& w) {
  std::promise<int> nice;
  asio::post(w.context, [&] { nice.set_value(::getpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()))); });
  return nice.get_future().get();
}

TEST(worker_pool_test, threads_that_nobody_waits_for_run_behind_the_others) {
  const int own = ::getpriority(PRIO_PROCESS, 0);
  worker_pool first(1);
  worker_pool behind(1, "behind", true);
  first.start();
  behind.start();
  EXPECT_EQ(niceness_of_worker(first.at(0)), own);
  EXPECT_EQ(niceness_of_worker(behind.at(0)), std::max(own, 10));
}

TEST(worker_pool_test, it_can_be_stopped_and_started_again) {
  worker_pool pool(1);
  pool.start();
  EXPECT_TRUE(pool.running());
  pool.stop();
  EXPECT_FALSE(pool.running());
  pool.start();
  EXPECT_EQ(name_of_worker(pool.at(0)), "worker-0");
}

TEST(worker_pool_test, the_least_loaded_worker_is_the_one_with_the_fewest_connections) {
  worker_pool pool(3);
  pool.at(0).connections = 2;
  pool.at(1).connections = 1;
  pool.at(2).connections = 5;
  EXPECT_EQ(pool.least_loaded().index, 1);
}

/// Runs caught_up() on a context that is not the pool's, as a page's thread does.
void caught_up(worker_pool& pool, duration patience, asio::io_context& here) {
  bool done = false;
  asio::co_spawn(here, pool.caught_up(patience), [&](const std::exception_ptr&) { done = true; });
  here.run_for(std::chrono::minutes(1));
  EXPECT_TRUE(done);
}

TEST(worker_pool_test, it_has_caught_up_when_what_every_worker_was_at_is_over) {
  asio::io_context here;
  worker_pool pool(3);
  pool.start();
  std::promise<void> go_on;
  std::atomic<bool> counted = false;
  asio::post(pool.at(1).context, [&] {
    go_on.get_future().wait();
    counted = true;
  });
  auto waits = std::async([&] {
    caught_up(pool, std::chrono::hours(1), here);
    return counted.load();
  });
  EXPECT_EQ(waits.wait_for(std::chrono::milliseconds(20)), std::future_status::timeout);
  go_on.set_value();
  EXPECT_TRUE(waits.get());
}

TEST(worker_pool_test, a_worker_at_something_long_is_waited_for_as_long_as_there_is_patience) {
  asio::io_context here;
  worker_pool pool(2);
  pool.start();
  std::promise<void> go_on;
  asio::post(pool.at(0).context, [&] { go_on.get_future().wait(); });
  caught_up(pool, std::chrono::milliseconds(5), here);
  go_on.set_value();
}

TEST(worker_pool_test, nobody_is_waited_for_while_no_threads_run) {
  asio::io_context here;
  worker_pool pool(2);
  caught_up(pool, std::chrono::hours(1), here);
}

TEST(worker_pool_death_test, an_exception_that_leaves_a_handler_ends_the_process_with_its_reason) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(
      {
        worker_pool pool(1);
        pool.start();
        asio::post(pool.at(0).context, [] { throw std::runtime_error("unforeseen"); });
        std::promise<void>().get_future().wait();
      },
      "left a handler.*unforeseen");
}

}  // namespace
}  // namespace sidecache::net
