// Both kinds of alarms keep to the same contract.
#include "net/timer_alarms.hpp"

#include <gtest/gtest.h>

#include "base/manual_alarms.hpp"

namespace sidecache::net {
namespace {

using std::chrono::milliseconds;

TEST(timer_alarms_test, rings_once_at_its_time_and_not_before) {
  boost::asio::io_context context;
  timer_alarms clocks(context);
  const auto begun = std::chrono::steady_clock::now();
  int rung = 0;
  const auto late = clocks.set(begun + milliseconds(20), [&] { ++rung; });
  const auto past = clocks.set(begun - milliseconds(20), [&] { ++rung; });
  EXPECT_EQ(rung, 0) << "not from within set()";
  context.run();
  EXPECT_EQ(rung, 2);
  EXPECT_GE(std::chrono::steady_clock::now(), begun + milliseconds(20));
}

TEST(timer_alarms_test, an_alarm_that_is_gone_never_rings_though_it_was_due) {
  boost::asio::io_context context;
  timer_alarms clocks(context);
  const auto due = std::chrono::steady_clock::now() - milliseconds(1);
  std::unique_ptr<alarm> second;
  int rung = 0;
  auto first = clocks.set(due, [&] {
    ++rung;
    second.reset();
  });
  second = clocks.set(due, [&] { ++rung; });
  context.run();
  EXPECT_EQ(rung, 1) << "both had expired when the first rang";
}

TEST(timer_alarms_test, an_alarm_may_be_destroyed_by_what_it_calls) {
  boost::asio::io_context context;
  timer_alarms clocks(context);
  std::unique_ptr<alarm> self;
  self = clocks.set(mono_time::min(), [&] { self.reset(); });
  context.run();
  EXPECT_FALSE(self);
}

TEST(manual_alarms_test, rings_what_is_due_in_order_and_what_is_set_meanwhile) {
  manual_alarms clocks;
  const mono_time start{};
  std::string said;
  std::unique_ptr<alarm> meanwhile;
  const auto b = clocks.set(start + milliseconds(2), [&] { said += 'b'; });
  const auto a = clocks.set(start + milliseconds(1), [&] {
    said += 'a';
    meanwhile = clocks.set(start + milliseconds(1), [&] { said += '+'; });
  });
  const auto c = clocks.set(start + milliseconds(3), [&] { said += 'c'; });
  auto dropped = clocks.set(start, [&] { said += 'x'; });
  dropped.reset();
  clocks.ring(start + milliseconds(2));
  EXPECT_EQ(said, "a+b");
  EXPECT_EQ(clocks.next(), start + milliseconds(3));
}

}  // namespace
}  // namespace sidecache::net
