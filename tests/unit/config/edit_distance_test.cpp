#include "config/edit_distance.hpp"

#include <gtest/gtest.h>

namespace sidecache::config {
namespace {

TEST(edit_distance_test, counts_insertions_removals_and_replacements) {
  EXPECT_EQ(edit_distance("", ""), 0U);
  EXPECT_EQ(edit_distance("", "abc"), 3U);
  EXPECT_EQ(edit_distance("abc", ""), 3U);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3U);
  EXPECT_EQ(edit_distance("ttl", "tll"), 1U);
  EXPECT_EQ(edit_distance("same", "same"), 0U);
}

TEST(edit_distance_test, the_closest_name_is_the_nearest_that_is_near_at_all) {
  const std::vector<std::string> known{"cache.ttl", "cache.max_bytes", "listen", "log.level"};
  EXPECT_EQ(closest_name("cache.tll", known, '.'), "cache.ttl");
  EXPECT_EQ(closest_name("lisen", known, '.'), "listen");
  EXPECT_EQ(closest_name("max_bytes", known, '.'), "cache.max_bytes");
  EXPECT_EQ(closest_name("cache.max", known, '.'), "cache.max_bytes");
  EXPECT_EQ(closest_name("colour", known, '.'), "");
  EXPECT_EQ(closest_name("", known, '.'), "");
  EXPECT_EQ(closest_name(std::string(1'000'000, 'x'), known, '.'), "");
}

}  // namespace
}  // namespace sidecache::config
