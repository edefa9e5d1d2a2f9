// One copy of the same bytes, and what it costs while the store has it.
#include "cache/bodies.hpp"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace sidecache::cache {
namespace {

TEST(bodies_test, the_same_bytes_are_one_copy_while_somebody_has_it) {
  bodies all({1, 2});
  auto first = all.share("abc");
  EXPECT_EQ(all.share("abc"), first);
  EXPECT_NE(all.share("abd"), first);
  EXPECT_EQ(first->bytes(), "abc");
  EXPECT_EQ(all.known(), 1U);
  first.reset();
  EXPECT_EQ(all.known(), 0U) << "the table holds none";
  EXPECT_EQ(all.share("abc")->bytes(), "abc");
}

TEST(bodies_test, it_is_paid_for_from_the_first_entry_in_the_store_to_the_last) {
  bodies all({1, 2});
  const auto copy = all.share(std::string(1000, 'x'));
  EXPECT_EQ(all.held_bytes(), 0U) << "no entry has come into the store";
  copy->stored();
  copy->stored();
  EXPECT_EQ(all.held_bytes(), copy->cost());
  EXPECT_GE(copy->cost(), 1000U);
  copy->removed();
  EXPECT_EQ(all.held_bytes(), copy->cost());
  copy->removed();
  EXPECT_EQ(all.held_bytes(), 0U);
}

TEST(bodies_test, those_that_are_gone_leave_the_table) {
  bodies all({1, 2});
  const auto kept = all.share("kept");
  for (int i = 0; i < 100'000; ++i) EXPECT_EQ(all.share(std::to_string(i))->bytes(), std::to_string(i));
  EXPECT_EQ(all.share("kept"), kept);
  EXPECT_EQ(all.known(), 1U);
}

TEST(bodies_test, a_copy_outlives_the_table) {
  bodies::copy_ptr copy;
  {
    bodies all({1, 2});
    copy = all.share("abc");
  }
  EXPECT_EQ(copy->bytes(), "abc");
}

TEST(bodies_test, one_entrys_own_is_in_no_table_and_paid_for_by_it) {
  const auto own = bodies::copy::of_one("abc");
  own->stored();
  own->removed();
  EXPECT_EQ(own->bytes(), "abc");
  EXPECT_FALSE(own->shared());
}

TEST(bodies_test, threads_share_them) {
  bodies all({1, 2});
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&all] {
      for (int i = 0; i < 5000; ++i) {
        const auto copy = all.share(std::to_string(i % 50));
        copy->stored();
        EXPECT_EQ(copy->bytes(), std::to_string(i % 50));
        copy->removed();
      }
    });
  for (auto& each : threads) each.join();
  EXPECT_EQ(all.held_bytes(), 0U);
  EXPECT_EQ(all.known(), 0U);
}

}  // namespace
}  // namespace sidecache::cache
