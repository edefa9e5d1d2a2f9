#include "http/field_line.hpp"

#include <gtest/gtest.h>

#include <string>

namespace sidecache::http {
namespace {

/// RFC 9110 §5.5: VCHAR, obs-text, space and tab.
bool may_stand_in_a_value(unsigned char c) { return c == '\t' || (c >= 0x20 && c != 0x7F); }

TEST(is_text, every_byte_counts_wherever_it_stands) {
  for (std::size_t size = 1; size <= 25; ++size)
    for (std::size_t at = 0; at < size; ++at)
      for (unsigned c = 0; c < 0x100; ++c) {
        std::string text(size, 'v');
        text[at] = static_cast<char>(c);
        ASSERT_EQ(is_text(text), may_stand_in_a_value(static_cast<unsigned char>(c))) << size << " " << at << " " << c;
      }
}

TEST(is_text, neighbours_do_not_hide_each_other) {
  for (unsigned first = 0; first < 0x100; ++first)
    for (unsigned second = 0; second < 0x100; ++second) {
      const std::string text{'a', static_cast<char>(first), static_cast<char>(second), 'b', 'c', 'd', 'e', 'f'};
      const bool both = may_stand_in_a_value(static_cast<unsigned char>(first)) &&
                        may_stand_in_a_value(static_cast<unsigned char>(second));
      ASSERT_EQ(is_text(text), both) << first << " " << second;
    }
}

TEST(is_visible, every_byte_counts_wherever_it_stands) {
  for (std::size_t size = 1; size <= 25; ++size)
    for (std::size_t at = 0; at < size; ++at)
      for (unsigned c = 0; c < 0x100; ++c) {
        std::string text(size, 'v');
        text[at] = static_cast<char>(c);
        ASSERT_EQ(is_visible(text), c > 0x20 && c < 0x7F) << size << " " << at << " " << c;
      }
}

TEST(is_visible, neighbours_do_not_hide_each_other) {
  const auto visible = [](unsigned c) { return c > 0x20 && c < 0x7F; };
  for (unsigned first = 0; first < 0x100; ++first)
    for (unsigned second = 0; second < 0x100; ++second) {
      const std::string text{'a', static_cast<char>(first), static_cast<char>(second), 'b', 'c', 'd', 'e', 'f', 'g'};
      ASSERT_EQ(is_visible(text), visible(first) && visible(second)) << first << " " << second;
    }
}

TEST(is_visible, nothing_is_not) { EXPECT_FALSE(is_visible("")); }

TEST(is_text, nothing_is_text) { EXPECT_TRUE(is_text("")); }

}  // namespace
}  // namespace sidecache::http
