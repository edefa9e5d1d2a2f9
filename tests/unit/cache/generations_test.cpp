#include "cache/generations.hpp"

#include <gtest/gtest.h>

namespace {

using sidecache::cache_tag;
using sidecache::mono_time;
using sidecache::cache::generations;
using namespace std::chrono_literals;

constexpr mono_time start{1h};
constexpr std::array<cache_tag, 2> red_and_blue{1, 2};
constexpr std::array<cache_tag, 1> red{1};
constexpr std::array<cache_tag, 1> green{3};

TEST(generations, a_read_is_overtaken_by_the_start_of_a_write_of_what_it_depends_on) {
  generations g({});
  const auto asked = g.begin_read();
  EXPECT_TRUE(g.intact(red_and_blue, asked));
  g.begin_write(green, start);
  EXPECT_TRUE(g.intact(red_and_blue, asked));
  g.begin_write(red, start);
  EXPECT_FALSE(g.intact(red_and_blue, asked));
}

TEST(generations, a_read_begun_during_a_write_is_overtaken_by_its_end) {
  generations g({});
  g.begin_write(red, start);
  const auto during = g.begin_read();
  EXPECT_TRUE(g.intact(red, during));
  g.end_write(red, start);
  EXPECT_FALSE(g.intact(red, during));
  EXPECT_TRUE(g.intact(red, g.begin_read()));
}

TEST(generations, cools_down_after_the_end_of_a_write_only) {
  generations g({.cool_down = 10s});
  g.begin_write(red, start);
  EXPECT_FALSE(g.cooling(red, start));
  g.end_write(red, start);
  EXPECT_TRUE(g.cooling(red, start + 9s));
  EXPECT_FALSE(g.cooling(red, start + 10s));
  EXPECT_FALSE(g.cooling(green, start));
}

TEST(generations, another_cool_down_counts_for_what_is_written_from_then_on) {
  generations g({.cool_down = 10min, .remember = 60s});
  g.end_write(red, start);
  g.set_cool_down(1s);
  g.end_write(green, start + 2min);
  EXPECT_TRUE(g.cooling(red, start + 9min)) << "what it was promised";
  EXPECT_TRUE(g.cooling(green, start + 2min));
  EXPECT_FALSE(g.cooling(green, start + 2min + 1s)) << "nor does red's, were it forgotten, hold up all others";
}

TEST(generations, what_is_forgotten_counts_as_overtaken) {
  generations g({.remember = 60s});
  const auto asked = g.begin_read();
  g.end_write(red, start);
  g.end_write(green, start + 61s);  // forgets red's
  EXPECT_FALSE(g.intact(red, asked)) << "the read is older than what is remembered";
  EXPECT_TRUE(g.intact(red, g.begin_read()));
}

TEST(generations, too_many_tags_are_forgotten_conservatively) {
  generations g({.cool_down = 10s, .max_tags = 100});
  const auto asked = g.begin_read();
  for (cache_tag tag = 10; tag < 300; ++tag) g.end_write(std::array{tag}, start);
  EXPECT_FALSE(g.intact(red, asked));
  EXPECT_TRUE(g.cooling(red, start + 9s)) << "which tags cool down is no longer known, so all do";
  EXPECT_FALSE(g.cooling(red, start + 10s));
}

}  // namespace
