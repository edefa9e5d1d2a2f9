// The machine's two clocks, read as one.
#include "base/clock.hpp"

#include <gtest/gtest.h>

#include <thread>

namespace sidecache {
namespace {

using namespace std::chrono_literals;

/// Each instant lies between what the clocks themselves said before and after, but for the millisecond it may lag by.
void expect_true_instants() {
  const system_clock both;
  for (int i = 0; i < 20'000; ++i) {
    const auto mono_before = std::chrono::steady_clock::now();
    const auto wall_before = std::chrono::system_clock::now();
    const instant now = both.now();
    EXPECT_GE(now.mono, mono_before);
    EXPECT_LE(now.mono, std::chrono::steady_clock::now());
    EXPECT_GE(now.wall, wall_before - 1ms);
    EXPECT_LE(now.wall, std::chrono::system_clock::now() + 1ms);
  }
}

TEST(system_clock_test, tells_what_both_clocks_tell) { expect_true_instants(); }

TEST(system_clock_test, tells_it_to_every_thread) {
  std::thread one(expect_true_instants);
  std::thread another(expect_true_instants);
  one.join();
  another.join();
}

TEST(system_clock_test, of_two_instants_the_later_is_later_by_as_much_on_both) {
  const system_clock both;
  const instant first = both.now();
  while (std::chrono::steady_clock::now() < first.mono + 5ms) std::this_thread::yield();
  const instant second = both.now();
  const auto by_wall = second.wall - first.wall;
  EXPECT_GE(by_wall, second.mono - first.mono - 2ms);
  EXPECT_LE(by_wall, second.mono - first.mono + 2ms);
}

}  // namespace
}  // namespace sidecache
