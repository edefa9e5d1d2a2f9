#include "base/text.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace sidecache {
namespace {

std::vector<std::string_view> members(std::string_view list) {
  std::vector<std::string_view> out;
  for_each_list_member(list, [&](std::string_view member) { out.push_back(member); });
  return out;
}

TEST(text, case_is_a_matter_of_ascii_letters_only) {
  EXPECT_TRUE(equal_ignoring_case("Content-TYPE", "content-type"));
  EXPECT_FALSE(equal_ignoring_case("content-type", "content-typ"));
  EXPECT_FALSE(equal_ignoring_case("@", "`")) << "they differ by 0x20 as letters do";
  EXPECT_FALSE(equal_ignoring_case("[", "{"));
  EXPECT_FALSE(equal_ignoring_case("\xC3\x84", "\xC3\xA4"));
  EXPECT_EQ(lower("AbC-\xC3\x84[Z"), "abc-\xC3\x84[z");
  EXPECT_EQ(lower(""), "");
}

TEST(text, prefixes) {
  EXPECT_TRUE(starts_with_ignoring_case("X-Portkey-Config", "x-portkey-"));
  EXPECT_TRUE(starts_with_ignoring_case("x", ""));
  EXPECT_FALSE(starts_with_ignoring_case("x-port", "x-portkey-"));
}

TEST(text, trimming_takes_spaces_and_tabs_only) {
  EXPECT_EQ(trim(" \t a b\t "), "a b");
  EXPECT_EQ(trim("\r\na"), "\r\na");
  EXPECT_EQ(trim(" \t"), "");
  EXPECT_EQ(trim(""), "");
}

TEST(text, lists_skip_empty_members) {
  EXPECT_EQ(members("a, b ,,\t, c"), (std::vector<std::string_view>{"a", "b", "c"}));
  EXPECT_EQ(members(",a,"), (std::vector<std::string_view>{"a"}));
  EXPECT_TRUE(members("").empty());
  EXPECT_TRUE(members(" , ,").empty());
  EXPECT_EQ(members("a b"), (std::vector<std::string_view>{"a b"}));
}

}  // namespace
}  // namespace sidecache
