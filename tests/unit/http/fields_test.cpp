#include "http/fields.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "unit/http/samples.hpp"

namespace sidecache::http {
namespace {

TEST(fields, keep_their_order_their_case_and_their_repetitions) {
  fields f;
  EXPECT_TRUE(f.empty());
  f.add("X-B", "1");
  f.add("x-a", "");
  f.add("X-b", "2");
  EXPECT_EQ(f.size(), 3U);
  EXPECT_EQ(text(f), "X-B: 1\r\nx-a: \r\nX-b: 2\r\n");
  EXPECT_EQ(f.at(2).name, "X-b");
}

TEST(fields, are_found_without_case_first_line_first) {
  fields f;
  f.add("ETag", "1");
  f.add("etag", "2");
  f.add("Empty", "");
  EXPECT_EQ(f.find("eTaG"), "1");
  EXPECT_EQ(f.count("ETAG"), 2U);
  EXPECT_EQ(f.find("empty"), "");
  EXPECT_FALSE(f.find("eta").has_value());
  EXPECT_FALSE(f.contains("etag2"));
}

TEST(fields, set_replaces_all_lines_of_a_name) {
  fields f;
  f.add("a", "1");
  f.add("b", "2");
  f.add("A", "3");
  f.set("a", "4");
  EXPECT_EQ(text(f), "b: 2\r\na: 4\r\n");
}

TEST(fields, erase_says_how_many_there_were) {
  fields f;
  f.add("a", "1");
  f.add("b", "2");
  f.add("A", "3");
  EXPECT_EQ(f.erase("a"), 2U);
  EXPECT_EQ(f.erase("a"), 0U);
  f.erase_if([](const field& each) { return each.value == "2"; });
  EXPECT_TRUE(f.empty());
}

TEST(fields, a_cleared_object_starts_anew) {
  fields f;
  f.add("a", "1");
  f.clear();
  EXPECT_TRUE(f.empty());
  EXPECT_EQ(text(f), "");
  f.add("b", "2");
  EXPECT_EQ(text(f), "b: 2\r\n");
}

TEST(fields, a_field_may_be_made_of_another) {
  fields f;
  f.add("a-name-long-enough", "a value that is long enough for the text to grow when it is copied");
  for (int i = 0; i < 50; ++i) f.set("copy", *f.find("a-name-long-enough"));
  EXPECT_EQ(f.find("copy"), "a value that is long enough for the text to grow when it is copied");
  for (int i = 0; i < 50; ++i) f.add(f.at(0).name, f.at(0).value);
  EXPECT_EQ(f.count("a-name-long-enough"), 51U);
  EXPECT_EQ(f.at(51).value, f.at(0).value);
}

TEST(fields, lists_tokens_over_all_lines) {
  fields f;
  f.add("Connection", "keep-alive , Upgrade");
  f.add("connection", ",close,");
  EXPECT_TRUE(f.lists("connection", "CLOSE"));
  EXPECT_TRUE(f.lists("connection", "keep-alive"));
  EXPECT_FALSE(f.lists("connection", "keep"));
  EXPECT_FALSE(f.lists("connection", ""));
  EXPECT_FALSE(f.lists("upgrade", "upgrade"));
}

TEST(fields, joined_is_one_line) {
  fields f;
  EXPECT_FALSE(f.joined("a").has_value());
  f.add("a", "1");
  EXPECT_EQ(f.joined("A"), "1");
  f.add("b", "x");
  f.add("A", "2, 3");
  EXPECT_EQ(f.joined("a"), "1, 2, 3");
  fields empty;
  empty.add("a", "");
  EXPECT_EQ(empty.joined("a"), "");
}

TEST(fields, copies_stand_alone) {
  fields f;
  f.add("a", "1");
  fields copy = f;
  f.set("a", "2");
  EXPECT_EQ(copy.find("a"), "1");
}

}  // namespace
}  // namespace sidecache::http
