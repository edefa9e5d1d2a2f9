#include "sidecache/ttl_lru_cache.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <thread>

namespace {

using sidecache::cache_rank;
using sidecache::cache_tag;
using sidecache::cache_terms;
using cache = sidecache::ttl_lru_cache<std::string>;
using time_point = cache::time_point;
using namespace std::chrono_literals;

constexpr time_point t0{1h};

std::shared_ptr<const std::string> text(std::string value) {
  return std::make_shared<const std::string>(std::move(value));
}

TEST(ttl_lru_cache, gives_back_what_was_put_until_its_time_is_over) {
  cache c(1 << 20);
  ASSERT_TRUE(c.insert("a", text("one"), {.cost = 10, .until = t0 + 30s, .tags = {}}, t0));
  EXPECT_EQ(*c.find("a", t0 + 29s).value, "one");
  EXPECT_FALSE(c.find("a", t0 + 30s));
  EXPECT_EQ(c.figures().expired, 1U);
  EXPECT_EQ(c.figures().bytes, 0U) << "what expired is gone, not hidden";
}

TEST(ttl_lru_cache, a_later_value_replaces_the_earlier_and_its_marks) {
  cache c(1 << 20);
  c.insert("a", text("one"), {.cost = 10, .tags = {}}, t0);
  ASSERT_TRUE(c.mark("a", 5));
  EXPECT_EQ(c.find("a", t0).marks, 5);
  c.insert("a", text("two"), {.cost = 10, .tags = {}}, t0);
  EXPECT_EQ(*c.find("a", t0).value, "two");
  EXPECT_EQ(c.find("a", t0).marks, 0);
}

TEST(ttl_lru_cache, evicts_the_least_recently_used_of_all_shards) {
  const std::size_t one = [] {
    cache probe(1 << 20);
    probe.insert("k00", text(""), {.cost = 1000, .tags = {}}, t0);
    return probe.figures().bytes;
  }();
  cache c(one * 20);
  for (int i = 0; i < 20; ++i)
    c.insert("k" + std::to_string(10 + i), text(""), {.cost = 1000, .tags = {}}, t0 + i * 1s);
  ASSERT_TRUE(c.find("k10", t0 + 30s)) << "the oldest is used again, so k11 is the next to go";
  c.insert("k99", text(""), {.cost = 1000, .tags = {}}, t0 + 31s);
  EXPECT_FALSE(c.find("k11", t0 + 32s));
  for (const auto* kept : {"k10", "k12", "k29", "k99"}) EXPECT_TRUE(c.find(kept, t0 + 32s)) << kept;
  EXPECT_EQ(c.figures().evicted, 1U);
  EXPECT_EQ(c.figures().max_bytes, one * 20);
}

TEST(ttl_lru_cache, smaller_bounds_evict_at_once_and_larger_ones_take_more) {
  const auto fill = [](cache& c, const std::string& prefix, cache_rank rank, time_point at) {
    for (int i = 0; i < 10; ++i)
      c.insert(prefix + std::to_string(i), text(""), {.cost = 1000, .rank = rank, .tags = {}}, at + i * 1s);
  };
  cache c(1 << 20);
  fill(c, "k", cache_rank::regular, t0);
  fill(c, "m", cache_rank::minor, t0);
  const std::size_t minor = c.figures().minor_bytes / 10;
  const std::size_t regular = (c.figures().bytes - c.figures().minor_bytes) / 10;
  c.set_bounds(1 << 20, 3 * minor);
  EXPECT_EQ(c.figures().minor_bytes, 3 * minor);
  EXPECT_EQ(c.figures().evicted_over_share, 7U);
  EXPECT_TRUE(c.find("m9", t0 + 10s)) << "the oldest went";
  EXPECT_EQ(c.figures().evicted, 0U) << "nobody else had to";
  c.set_bounds(4 * regular, 4 * regular);
  EXPECT_LE(c.figures().bytes, 4 * regular);
  EXPECT_FALSE(c.find("k5", t0 + 10s));
  for (const auto* kept : {"k6", "k7", "k8", "k9"}) EXPECT_TRUE(c.find(kept, t0 + 10s)) << kept;
  c.set_bounds(1 << 20, 1 << 20);
  fill(c, "n", cache_rank::regular, t0 + 20s);
  EXPECT_TRUE(c.find("k6", t0 + 40s));
  EXPECT_TRUE(c.find("n0", t0 + 40s));
}

TEST(ttl_lru_cache, evicts_expendable_items_first_however_recent) {
  cache c(5800);
  c.insert("negative", text(""), {.cost = 1000, .rank = cache_rank::expendable, .tags = {}}, t0 + 9s);
  c.insert("old", text(""), {.cost = 1000, .tags = {}}, t0);
  c.insert("new", text(""), {.cost = 3500, .tags = {}}, t0 + 10s);
  EXPECT_FALSE(c.find("negative", t0 + 10s));
  EXPECT_TRUE(c.find("old", t0 + 10s));
  EXPECT_TRUE(c.find("new", t0 + 10s));
  EXPECT_EQ(c.figures().evicted_expendable, 1U);
  EXPECT_EQ(c.figures().evicted, 0U);
}

TEST(ttl_lru_cache, evicts_by_rank_minor_ones_first) {
  cache c(7400);
  c.insert("regular", text(""), {.cost = 1500, .tags = {}}, t0);
  c.insert("expendable", text(""), {.cost = 1500, .rank = cache_rank::expendable, .tags = {}}, t0 + 1s);
  c.insert("minor", text(""), {.cost = 1500, .rank = cache_rank::minor, .tags = {}}, t0 + 2s);
  c.insert("x", text(""), {.cost = 2500, .tags = {}}, t0 + 3s);
  EXPECT_FALSE(c.find("minor", t0 + 4s));
  EXPECT_TRUE(c.find("expendable", t0 + 4s));
  c.insert("y", text(""), {.cost = 1500, .tags = {}}, t0 + 5s);
  EXPECT_FALSE(c.find("expendable", t0 + 6s));
  EXPECT_TRUE(c.find("regular", t0 + 6s));
  EXPECT_EQ(c.figures().evicted_expendable, 2U);
}

struct shared_out {
  explicit shared_out(std::size_t share = 20'000) : c(1 << 20, {}, 4, share) {}
  cache c;
  time_point now = t0;

  bool put(std::uint64_t owner, int number, std::size_t cost = 500) {
    const std::string key = std::to_string(owner) + "/" + std::to_string(number);
    return c.insert(key, text(""), {.cost = cost, .rank = cache_rank::minor, .owner = owner, .tags = {}}, now += 1ms);
  }
  int held(std::uint64_t owner, int numbers) {
    int out = 0;
    for (int i = 0; i < numbers; ++i) out += c.find(std::to_string(owner) + "/" + std::to_string(i), now) ? 1 : 0;
    return out;
  }
};

TEST(ttl_lru_cache, minor_items_have_a_share_and_no_more) {
  shared_out s;
  s.c.insert("record", text(""), {.cost = 900'000, .tags = {}}, t0);
  for (int i = 0; i < 1000; ++i) {
    s.put(1, i);
    ASSERT_LE(s.c.figures().minor_bytes, 20'000U);
  }
  EXPECT_GE(s.held(1, 1000), 20);
  EXPECT_TRUE(s.c.find("record", s.now));
  EXPECT_GT(s.c.figures().evicted_over_share, 900U);
  EXPECT_EQ(s.c.figures().evicted + s.c.figures().evicted_expendable, 0U);
  EXPECT_FALSE(s.put(1, 1000, 20'000)) << "alone over the share";
}

TEST(ttl_lru_cache, an_owner_that_floods_the_share_pushes_out_itself) {
  shared_out s(100'000);
  for (int i = 0; i < 8; ++i) s.put(2, i);
  for (int i = 0; i < 1000; ++i) s.put(1, i);
  EXPECT_EQ(s.held(2, 8), 8);
  for (int i = 8; i < 16; ++i) s.put(2, i);
  EXPECT_EQ(s.held(2, 16), 16) << "and another still finds room beside it";
}

TEST(ttl_lru_cache, equal_owners_lose_the_least_recently_used) {
  shared_out s;
  for (int i = 0; i < 300; ++i) s.put(static_cast<std::uint64_t>(i), 0);
  EXPECT_EQ(s.held(0, 1), 0);
  EXPECT_EQ(s.held(299, 1), 1);
}

TEST(ttl_lru_cache, every_byte_of_minor_items_is_counted_out_again) {
  shared_out s;
  for (int round = 0; round < 3; ++round)
    for (int i = 0; i < 100; ++i) s.put(static_cast<std::uint64_t>(i % 7), i / 7);
  s.c.erase("1/3");
  s.c.insert("2/3", text(""), {.cost = 10, .tags = {}}, s.now);
  s.c.clear();
  EXPECT_EQ(s.c.figures().bytes, 0U);
  EXPECT_EQ(s.c.figures().minor_bytes, 0U);
}

TEST(ttl_lru_cache, the_share_holds_whatever_threads_do_at_once) {
  shared_out s;
  std::vector<std::thread> threads;
  for (std::uint64_t owner = 0; owner < 4; ++owner)
    threads.emplace_back([&s, owner] {
      for (int i = 0; i < 3000; ++i) {
        const std::string key = std::to_string(owner) + "/" + std::to_string(i % 50);
        s.c.insert(key, text(""), {.cost = 300, .rank = cache_rank::minor, .owner = owner % 3, .tags = {}},
                   t0 + i * 1ms);
        if (i % 3 == 0) (void)s.c.find(key, t0 + i * 1ms);
        if (i % 7 == 0) s.c.erase(key);
      }
    });
  for (auto& each : threads) each.join();
  EXPECT_LE(s.c.figures().minor_bytes, 20'000U);
  s.c.clear();
  EXPECT_EQ(s.c.figures().minor_bytes, 0U);
}

TEST(ttl_lru_cache, refuses_what_alone_is_over_the_bound_and_keeps_the_rest) {
  cache c(4000);
  c.insert("a", text("one"), {.cost = 100, .tags = {}}, t0);
  EXPECT_FALSE(c.insert("b", text("big"), {.cost = 4000, .tags = {}}, t0));
  EXPECT_TRUE(c.find("a", t0));
}

TEST(ttl_lru_cache, the_bound_holds_after_every_call_and_counts_keys_and_tags) {
  cache c(50'000);
  std::minstd_rand random(7);
  std::vector<cache_tag> tags;
  for (int i = 0; i < 3000; ++i) {
    tags.assign(random() % 9, 0);
    for (auto& tag : tags) tag = random();
    const std::string key(1 + random() % 300, static_cast<char>('a' + i % 26));
    c.insert(key + std::to_string(i), text(""), {.cost = random() % 4000, .tags = tags}, t0 + i * 1ms);
    ASSERT_LE(c.figures().bytes, 50'000U);
  }
  c.clear();
  EXPECT_EQ(c.figures().bytes, 0U) << "every byte that was counted in is counted out";
}

TEST(ttl_lru_cache, drops_by_tag_exactly_what_carries_it) {
  cache c(1 << 20);
  const cache_tag red = 1;
  const cache_tag blue = 2;
  c.insert("r", text(""), {.tags = std::array{red}}, t0);
  c.insert("b", text(""), {.tags = std::array{blue}}, t0);
  c.insert("rb", text(""), {.tags = std::array{red, blue}}, t0);
  EXPECT_EQ(c.drop_tagged(red), 2U);
  EXPECT_FALSE(c.find("r", t0));
  EXPECT_FALSE(c.find("rb", t0));
  EXPECT_TRUE(c.find("b", t0));
  EXPECT_EQ(c.drop_tagged(red), 0U);
}

TEST(ttl_lru_cache, marks_by_tag_and_clears_again) {
  cache c(1 << 20);
  const std::array<cache_tag, 1> red{1};
  c.insert("x", text(""), {.tags = red}, t0);
  c.insert("y", text(""), {.tags = {}}, t0);
  EXPECT_EQ(c.mark_tagged(1, 6), 1U);
  EXPECT_EQ(c.find("x", t0).marks, 6);
  EXPECT_EQ(c.find("y", t0).marks, 0);
  c.mark_tagged(1, 0, 2);
  EXPECT_EQ(c.find("x", t0).marks, 4);
}

TEST(ttl_lru_cache, what_is_not_admitted_leaves_the_old_value) {
  cache c(1 << 20);
  c.insert("a", text("one"), {.tags = {}}, t0);
  EXPECT_FALSE(c.insert("a", text("two"), {.tags = {}}, t0, [] { return false; }));
  EXPECT_EQ(*c.find("a", t0).value, "one");
}

// The writer of the contract: makes admit() false, then drops the tag. Whatever the interleaving, nothing stays.
TEST(ttl_lru_cache, a_drop_after_closing_admission_leaves_nothing_behind) {
  cache c(1 << 22);
  const std::array<cache_tag, 1> tag{42};
  for (int round = 0; round < 200; ++round) {
    std::atomic<bool> open{true};
    std::thread reader([&] {
      for (int i = 0; i < 50; ++i)
        c.insert("k" + std::to_string(i), text(""), {.tags = tag}, t0, [&] { return open.load(); });
    });
    std::thread writer([&] {
      open = false;
      c.drop_tagged(42);
    });
    reader.join();
    writer.join();
    for (int i = 0; i < 50; ++i) ASSERT_FALSE(c.find("k" + std::to_string(i), t0)) << round;
  }
}

TEST(ttl_lru_cache, a_value_outlives_its_item) {
  cache c(1 << 20);
  c.insert("a", text("one"), {.tags = {}}, t0);
  const auto held = c.find("a", t0).value;
  c.clear();
  EXPECT_EQ(*held, "one");
}

TEST(ttl_lru_cache, counts_items_by_category) {
  cache c(1 << 20);
  c.insert("a", text(""), {.category = 1, .tags = {}}, t0);
  c.insert("b", text(""), {.category = 1, .tags = {}}, t0);
  c.insert("c", text(""), {.category = 2, .tags = {}}, t0);
  c.erase("b");
  EXPECT_EQ(c.figures().items[1], 1U);
  EXPECT_EQ(c.figures().items[2], 1U);
}

}  // namespace
