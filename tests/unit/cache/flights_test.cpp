#include "cache/flights.hpp"

#include <gtest/gtest.h>

#include <thread>

namespace {

using sidecache::cache_tag;
using sidecache::mono_time;
using sidecache::cache::generations;
using flights = sidecache::cache::flights<std::shared_ptr<const int>>;

struct flights_test : testing::Test {
  generations writes{{}};
  flights table{writes, {1, 2}};
  std::vector<cache_tag> depends{7};

  static auto into(std::vector<int>& out) {
    return [&out](std::optional<std::shared_ptr<const int>> r) { out.push_back(r ? **r : -1); };
  }
};

TEST_F(flights_test, one_leads_and_everybody_is_answered) {
  auto a = table.board("k", depends);
  auto b = table.board("k", depends);
  ASSERT_TRUE(a.permit);
  EXPECT_FALSE(b.permit);
  EXPECT_EQ(a.flight, b.flight);
  std::vector<int> got;
  a.flight->wait(into(got));
  b.flight->wait(into(got));
  a.permit->land(std::make_shared<const int>(5));
  b.flight->wait(into(got));  // too late to wait, not too late to be told
  EXPECT_EQ(got, (std::vector{5, 5, 5}));
  EXPECT_EQ(table.size(), 0U);
  EXPECT_TRUE(table.board("k", depends).permit) << "the next one flies anew";
}

TEST_F(flights_test, a_dropped_permit_sends_every_waiter_back) {
  auto a = table.board("k", depends);
  std::vector<int> got;
  a.flight->wait(into(got));
  a.permit.reset();
  EXPECT_EQ(got, (std::vector{-1}));
  EXPECT_TRUE(table.board("k", depends).permit) << "one of them leads";
}

TEST_F(flights_test, keys_do_not_share) {
  auto a = table.board("k", depends);
  auto b = table.board("l", depends);
  EXPECT_TRUE(a.permit);
  EXPECT_TRUE(b.permit);
}

TEST_F(flights_test, a_flight_that_a_write_has_overtaken_is_not_joined_but_lands_for_its_own) {
  auto old = table.board("k", depends);
  std::vector<int> got;
  old.flight->wait(into(got));
  writes.end_write(depends, mono_time{});
  auto young = table.board("k", depends);
  ASSERT_TRUE(young.permit);
  EXPECT_NE(young.flight, old.flight);
  old.permit->land(std::make_shared<const int>(1));
  EXPECT_EQ(got, (std::vector{1}));
  EXPECT_FALSE(table.board("k", depends).permit) << "the young one is still the one to join";
}

TEST_F(flights_test, closing_ends_all_even_those_overtaken) {
  auto old = table.board("k", depends);
  writes.end_write(depends, mono_time{});
  auto young = table.board("k", depends);
  std::vector<int> got;
  old.flight->wait(into(got));
  young.flight->wait(into(got));
  table.close();
  EXPECT_EQ(got, (std::vector{-1, -1}));
  old.permit->land(std::make_shared<const int>(1));  // finds nobody
  EXPECT_EQ(got.size(), 2U);
}

TEST_F(flights_test, from_many_threads_exactly_one_leads_each_time) {
  for (int round = 0; round < 300; ++round) {
    std::atomic<int> leaders{0};
    std::atomic<int> answered{0};
    {
      std::vector<std::jthread> threads;
      for (int i = 0; i < 4; ++i)
        threads.emplace_back([&] {
          auto boarded = table.board("k", depends);
          boarded.flight->wait([&](const auto&) { ++answered; });
          if (!boarded.permit) return;
          ++leaders;
          boarded.permit->land(std::make_shared<const int>(round));
        });
    }
    EXPECT_GE(leaders, 1);
    ASSERT_EQ(answered, 4);
    ASSERT_EQ(table.size(), 0U);
  }
}

}  // namespace
