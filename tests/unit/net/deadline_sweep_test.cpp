// The sweep calls what is late and nothing else, whatever the calls do to the list.
#include "net/deadline_sweep.hpp"

#include <gtest/gtest.h>

#include <memory>

namespace sidecache::net {
namespace {

using namespace std::chrono_literals;

struct deadline_sweep_test : testing::Test {
  asio::io_context context{1};
  deadline_sweep sweep{context, 1ms};
  mono_time start = std::chrono::steady_clock::now() + 1h;  // no tick of the real timer reaches these deadlines
};

TEST_F(deadline_sweep_test, an_item_is_called_once_and_only_after_its_deadline) {
  int calls = 0;
  deadline_sweep::item item(sweep, [&] { ++calls; });
  item.arm(start + 10ms);
  sweep.expire(start + 9ms);
  EXPECT_EQ(calls, 0);
  sweep.expire(start + 10ms);
  EXPECT_EQ(calls, 1);
  EXPECT_FALSE(item.armed());
  sweep.expire(start + 20ms);
  EXPECT_EQ(calls, 1);
}

TEST_F(deadline_sweep_test, only_the_last_arming_counts_and_disarming_or_destroying_ends_it) {
  int calls = 0;
  deadline_sweep::item later(sweep, [&] { ++calls; });
  later.arm(start);
  later.arm(start + 1s);
  deadline_sweep::item disarmed(sweep, [&] { ++calls; });
  disarmed.arm(start);
  disarmed.disarm();
  auto destroyed = std::make_unique<deadline_sweep::item>(sweep, [&] { ++calls; });
  destroyed->arm(start);
  destroyed.reset();
  sweep.expire(start);
  EXPECT_EQ(calls, 0);
  sweep.expire(start + 1s);
  EXPECT_EQ(calls, 1);
}

TEST_F(deadline_sweep_test, a_call_may_destroy_others_that_are_due_disarm_them_and_arm_itself_again) {
  int calls = 0;
  std::unique_ptr<deadline_sweep::item> second;
  deadline_sweep::item third(sweep, [&] { ++calls; });
  deadline_sweep::item first(sweep, [&] {
    ++calls;
    second.reset();
    third.disarm();
    first.arm(start);  // waits for the next pass
  });
  second = std::make_unique<deadline_sweep::item>(sweep, [&] { ++calls; });
  first.arm(start);
  second->arm(start);
  third.arm(start);
  sweep.expire(start);
  EXPECT_EQ(calls, 1);
  EXPECT_TRUE(first.armed());
  first.disarm();
}

TEST_F(deadline_sweep_test, an_item_may_destroy_itself) {
  std::unique_ptr<deadline_sweep::item> own;
  own = std::make_unique<deadline_sweep::item>(sweep, [&] { own.reset(); });
  own->arm(start);
  sweep.expire(start);
  EXPECT_EQ(own, nullptr);
}

TEST_F(deadline_sweep_test, the_timer_ticks_while_something_is_armed_and_rests_when_nothing_is) {
  int calls = 0;
  deadline_sweep::item item(sweep, [&] { ++calls; });
  EXPECT_FALSE(sweep.ticking());
  item.arm_in(3ms);
  EXPECT_TRUE(sweep.ticking());
  context.run();  // returns when there is no timer left
  EXPECT_EQ(calls, 1);
  EXPECT_FALSE(sweep.ticking());
}

}  // namespace
}  // namespace sidecache::net
