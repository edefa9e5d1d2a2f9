// Refusals in the audit: each is told of, but a flood of them is no flood of lines.
#include "admin/refused_changes.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace sidecache::admin {
namespace {

using namespace std::chrono_literals;

constexpr refused_change purge{.action = "purge", .from = "10.0.0.7", .status = 401, .why = "bad_token"};
const std::string line = "audit action=purge by=admin outcome=refused status=401 why=bad_token from=\"10.0.0.7\"";

TEST(refused_changes, say_who_wanted_what_and_why_not) {
  refused_changes all;
  EXPECT_EQ(all.tell(purge, mono_time{}).value().text(), line);
}

TEST(refused_changes, beyond_so_many_a_minute_are_counted_and_then_told_of_as_a_number) {
  refused_changes all;
  const mono_time start = mono_time{} + 5h;
  for (unsigned i = 0; i < refused_changes::most_a_minute; ++i) EXPECT_TRUE(all.tell(purge, start + i * 1s));
  for (int i = 0; i < 1000; ++i) EXPECT_FALSE(all.tell(purge, start + 60s - 1ns));
  EXPECT_EQ(all.left_out(), 1000U);
  EXPECT_EQ(all.tell(purge, start + 60s).value().text(), line + " left_out=1000");
  EXPECT_EQ(all.tell(purge, start + 60s).value().text(), line) << "said once";
  for (unsigned i = 2; i < refused_changes::most_a_minute; ++i) EXPECT_TRUE(all.tell(purge, start + 119s));
  EXPECT_FALSE(all.tell(purge, start + 119s));
  EXPECT_EQ(all.left_out(), 1001U) << "since the start";
}

}  // namespace
}  // namespace sidecache::admin
