// What workers hold is added up, given back by whoever held it, and compared with the limit.
#include "net/buffer_budget.hpp"

#include <gtest/gtest.h>

namespace sidecache::net {
namespace {

TEST(buffer_budget, claims_of_all_workers_add_up_and_end_with_their_holders) {
  buffer_budget budget;
  budget.limit(1000);
  auto& first = budget.add_share();
  auto& second = budget.add_share();
  {
    buffer_budget::claim one(&first, 400);
    buffer_budget::claim other(&second, 500);
    EXPECT_EQ(budget.held(), 900u);
    EXPECT_FALSE(budget.spent());
    other.resize(700);
    EXPECT_TRUE(budget.spent());
    EXPECT_TRUE(first.all_spent()) << "it is everybody's";
    one.resize(100);
    EXPECT_EQ(budget.held(), 800u);
    const buffer_budget::claim moved(std::move(one));
    EXPECT_EQ(budget.held(), 800u);
  }
  EXPECT_EQ(budget.held(), 0u);
  EXPECT_FALSE(budget.spent());
}

TEST(buffer_budget, without_a_limit_it_only_counts) {
  buffer_budget budget;
  const buffer_budget::claim large(&budget.add_share(), std::size_t{1} << 40U);
  EXPECT_EQ(budget.held(), std::uint64_t{1} << 40U);
  EXPECT_FALSE(budget.spent());
}

TEST(buffer_budget, full_buffers_are_counted_over_all_workers) {
  buffer_budget budget;
  buffer_budget::claim one(&budget.add_share());
  buffer_budget::claim other(&budget.add_share());
  one.count_full();
  other.count_full();
  other.count_full();
  EXPECT_EQ(budget.times_full(), 3U);
}

TEST(buffer_budget, a_claim_on_nothing_counts_nothing) {
  buffer_budget::claim none(nullptr, 100);
  none.resize(200);
  none.count_full();
  EXPECT_FALSE(none.all_spent());
}

}  // namespace
}  // namespace sidecache::net
