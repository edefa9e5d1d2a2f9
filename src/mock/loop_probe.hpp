// Looks at a thread that serves the mock, from within: how late it comes to what is due, and how much of the time it
// runs. A mock without time to spare measures itself.
//
// Theory of operation: a timer that is due every 20 ms; how late its handler runs is what every other event of this
// loop waits too. Each second the thread's CPU time is read. Belongs to the thread of its executor; the instance
// outlives it. Destroyed once the thread has ended.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include "mock/instance.hpp"

namespace sidecache::mock {

class loop_probe {
 public:
  loop_probe(const boost::asio::any_io_executor& of, instance& told) : instance_(told), timer_(of) {}

  /// From any thread, once.
  void start();

 private:
  void wait();
  void look();

  instance& instance_;
  boost::asio::steady_timer timer_;
  mono_time due_;
  mono_time second_began_;
  duration cpu_then_{};
};

}  // namespace sidecache::mock
