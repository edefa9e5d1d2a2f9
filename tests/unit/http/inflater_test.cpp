#include "http/inflater.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "unit/http/gzip.hpp"

namespace sidecache::http {
namespace {

using in_tests::gzip;

struct inflated {
  std::string plain;
  bool complete = false;
  bool broken = false;
  std::size_t largest_piece = 0;
};

inflated inflate_in_steps(std::string_view compressed, std::size_t step) {
  inflater undo;
  inflated result;
  while (!compressed.empty()) {
    undo.feed(compressed.substr(0, step));
    compressed.remove_prefix(std::min(step, compressed.size()));
    while (true) {
      const auto piece = undo.next();
      if (!piece) {
        result.broken = true;
        return result;
      }
      if (piece->empty()) break;
      result.plain.append(*piece);
      result.largest_piece = std::max(result.largest_piece, piece->size());
    }
  }
  result.complete = undo.complete();
  return result;
}

std::string some_text() {
  std::string text;
  for (int i = 0; i < 20'000; ++i) text += "record " + std::to_string(i * 7919 % 1000) + "\n";
  return text;
}

TEST(inflater, gives_back_the_bytes_however_they_are_cut) {
  const auto text = some_text();
  const auto packed = gzip(text);
  for (const std::size_t step : {std::size_t{1}, std::size_t{7}, std::size_t{4096}, packed.size()}) {
    const auto result = inflate_in_steps(packed, step);
    EXPECT_EQ(result.plain, text) << "in steps of " << step;
    EXPECT_TRUE(result.complete);
  }
}

TEST(inflater, hands_out_each_flushed_event_at_once) {
  const std::string events = "data: 1\n\ndata: 2\n\ndata: 3\n\n";
  const auto packed = gzip(events, 9);
  inflater undo;
  std::string so_far;
  std::vector<std::string> seen;
  for (const char byte : packed) {
    const std::string one(1, byte);
    undo.feed(one);
    for (auto piece = undo.next(); piece && !piece->empty(); piece = undo.next()) so_far.append(*piece);
    if (so_far.ends_with("\n\n") && (seen.empty() || seen.back() != so_far)) seen.push_back(so_far);
  }
  EXPECT_EQ(seen, (std::vector<std::string>{"data: 1\n\n", "data: 1\n\ndata: 2\n\n", events}));
}

TEST(inflater, a_bomb_comes_out_in_small_pieces) {
  const std::string zeros(std::size_t{16} * 1024 * 1024, '\0');
  const auto bomb = gzip(zeros);
  ASSERT_LT(bomb.size(), 50'000u);
  inflater undo;
  undo.feed(bomb);
  std::size_t total = 0;
  while (true) {
    const auto piece = undo.next();
    ASSERT_TRUE(piece);
    if (piece->empty()) break;
    ASSERT_LE(piece->size(), 16u * 1024);
    total += piece->size();
  }
  EXPECT_EQ(total, zeros.size());
}

TEST(inflater, several_members_are_one_body) {
  const auto result = inflate_in_steps(gzip("one ") + gzip("") + gzip("two"), 3);
  EXPECT_EQ(result.plain, "one two");
  EXPECT_TRUE(result.complete);
}

TEST(inflater, an_empty_body_is_complete) {
  EXPECT_TRUE(inflater().complete());
  EXPECT_TRUE(inflate_in_steps(gzip(""), 5).complete);
}

TEST(inflater, notices_an_early_end) {
  const auto packed = gzip(some_text());
  for (const std::size_t kept : {std::size_t{1}, std::size_t{9}, packed.size() / 2, packed.size() - 1}) {
    const auto result = inflate_in_steps(packed.substr(0, kept), 1000);
    EXPECT_FALSE(result.complete) << kept << " bytes of " << packed.size();
    EXPECT_FALSE(result.broken);
  }
}

TEST(inflater, refuses_what_is_no_gzip) {
  EXPECT_TRUE(inflate_in_steps(R"({"slug":"x"})", 100).broken);
  auto checksum = gzip("text");
  checksum[checksum.size() - 6] ^= 1;
  EXPECT_TRUE(inflate_in_steps(checksum, 100).broken) << "a wrong checksum";
  EXPECT_TRUE(inflate_in_steps(gzip("text") + "garbage", 100).broken) << "more after the last member";
}

}  // namespace
}  // namespace sidecache::http
