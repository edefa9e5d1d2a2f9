#include "http/conditional.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <initializer_list>
#include <string>
#include <string_view>

#include "http/http_date.hpp"
#include "unit/http/samples.hpp"

namespace sidecache::http {
namespace {

using namespace std::chrono_literals;

bool matches(std::string_view if_none_match, std::string_view etag) {
  return not_modified(with({{"If-None-Match", if_none_match}}), etag, std::nullopt, noon);
}

bool matches_since(std::string_view since, std::optional<wall_time> last_modified) {
  return not_modified(with({{"If-Modified-Since", since}}), "", last_modified, noon);
}

TEST(entity_tag, its_grammar) {
  for (const auto* yes : {"\"\"", "\"a\"", "W/\"a\"", "\"a,b\"", "\"W/\"", "\"\xC3\xBC\"", "\"a\\\""})
    EXPECT_TRUE(is_entity_tag(yes)) << yes;
  for (const auto* no : {"", "a", "\"", "\"a", "a\"", "W/", "W/a", "w/\"a\"", "W \"a\"", "\"a\"b", "\"a b\"", "\"a\t\"",
                         "\"a\x7f\"", "*", " \"a\""})
    EXPECT_FALSE(is_entity_tag(no)) << no;
}

TEST(entity_tag, one_wrong_byte_is_seen_wherever_it_stands) {
  for (std::size_t size = 1; size <= 20; ++size)
    for (std::size_t at = 0; at < size; ++at)
      for (unsigned byte = 0; byte < 256; ++byte) {
        std::string inner(size, 'x');
        inner[at] = static_cast<char>(byte);
        const bool may_stand_there = byte > 0x20 && byte != '"' && byte != 0x7F;
        EXPECT_EQ(is_entity_tag("\"" + inner + "\""), may_stand_there) << byte << " at " << at << " of " << size;
        EXPECT_EQ(is_entity_tag("W/\"" + inner + "\""), may_stand_there) << byte << " at " << at << " of " << size;
      }
}

TEST(entity_tag, weak_comparison) {
  EXPECT_TRUE(weakly_equal("\"a\"", "\"a\""));
  EXPECT_TRUE(weakly_equal("W/\"a\"", "\"a\""));
  EXPECT_TRUE(weakly_equal("W/\"a\"", "W/\"a\""));
  EXPECT_FALSE(weakly_equal("\"a\"", "\"A\""));
  EXPECT_FALSE(weakly_equal("\"W/a\"", "W/\"a\""));
  EXPECT_FALSE(weakly_equal("", ""));
  EXPECT_FALSE(weakly_equal("a", "a"));
  EXPECT_FALSE(weakly_equal("W/W/\"a\"", "W/W/\"a\""));
  EXPECT_FALSE(weakly_equal("W/W/\"a\"", "W/\"a\""));
}

TEST(strong_etag, is_128_bits_of_sha_256) {
  // sha256sum of "abc" (FIPS 180-4's own example) begins with these 32 digits.
  EXPECT_EQ(strong_etag("abc"), "\"ba7816bf8f01cfea414140de5dae2223\"");
  EXPECT_EQ(strong_etag(""), "\"e3b0c44298fc1c149afbf4c8996fb924\"");
  EXPECT_TRUE(is_entity_tag(strong_etag("x")));
  EXPECT_NE(strong_etag(std::string_view("a\0b", 3)), strong_etag(std::string_view("a\0c", 3)));
}

TEST(if_none_match, one_or_many) {
  EXPECT_TRUE(matches("\"a\"", "\"a\""));
  EXPECT_TRUE(matches("W/\"a\"", "\"a\""));
  EXPECT_TRUE(matches("\"a\"", "W/\"a\""));
  EXPECT_TRUE(matches("\"x\", \"y\",W/\"a\" , \"z\"", "\"a\""));
  EXPECT_TRUE(matches(", ,\"a\",", "\"a\""));
  EXPECT_TRUE(matches("\"x,y\",\"a,b\"", "\"a,b\"")) << "commas may stand within a tag";
  EXPECT_FALSE(matches("\"x\", \"y\"", "\"a\""));
  EXPECT_FALSE(matches("\"a,b\"", "\"a\""));
}

TEST(if_none_match, several_lines_are_one_list) {
  EXPECT_TRUE(not_modified(with({{"If-None-Match", "\"x\""}, {"if-none-match", "\"a\""}}), "\"a\"", {}, noon));
}

TEST(if_none_match, a_star_matches_whatever_is_there) {
  EXPECT_TRUE(matches("*", "\"a\""));
  EXPECT_TRUE(matches("*", "")) << "without an ETag of its own too";
  EXPECT_FALSE(matches("*, \"b\"", "\"a\""));
  EXPECT_FALSE(matches("\"*\"", "\"a\""));
  EXPECT_FALSE(not_modified(with({{"If-None-Match", "*"}, {"If-None-Match", "\"b\""}}), "\"a\"", {}, noon));
}

TEST(if_none_match, garbage_gets_the_whole_answer) {
  for (const auto* garbage : {"", "a", "\"a", "a\"", "\"x\" \"a\"", "x, \"a\"", "\"x\"y, \"a\"", "w/\"a\"", "\"a\"b"})
    EXPECT_FALSE(matches(garbage, "\"a\"")) << garbage;
  EXPECT_FALSE(matches("\"a\"", ""));
  EXPECT_FALSE(matches("\"\"", ""));
}

TEST(if_none_match, stands_before_if_modified_since_and_alone) {
  const auto since = format_http_date(noon);
  EXPECT_FALSE(not_modified(with({{"If-None-Match", "\"x\""}, {"If-Modified-Since", since}}), "\"a\"", noon, noon));
  EXPECT_TRUE(not_modified(with({{"If-None-Match", "\"a\""}, {"If-Modified-Since", "x"}}), "\"a\"", noon, noon));
  EXPECT_FALSE(not_modified(with({{"If-None-Match", ""}, {"If-Modified-Since", since}}), "", noon, noon));
}

TEST(if_modified_since, is_compared_with_last_modified) {
  EXPECT_TRUE(matches_since(format_http_date(noon), noon));
  EXPECT_TRUE(matches_since(format_http_date(noon + 1s), noon));
  EXPECT_FALSE(matches_since(format_http_date(noon - 1s), noon));
  EXPECT_TRUE(matches_since("Saturday, 21-Nov-26 12:00:00 GMT", noon)) << "an obsolete form";
}

TEST(if_modified_since, says_nothing_where_either_is_missing_or_garbage) {
  EXPECT_FALSE(matches_since(format_http_date(noon), std::nullopt));
  EXPECT_FALSE(matches_since("", noon));
  EXPECT_FALSE(matches_since("tomorrow", noon));
  EXPECT_FALSE(matches_since("2026-11-21T13:00:00Z", noon));
  const auto since = format_http_date(noon);
  EXPECT_FALSE(not_modified(with({{"If-Modified-Since", since}, {"If-Modified-Since", since}}), "", noon, noon));
  EXPECT_FALSE(not_modified(fields(), "\"a\"", noon, noon)) << "unconditional";
}

TEST(conditional, a_304_leaves_out_what_describes_the_bytes) {
  for (const auto* name : {"Content-Type", "content-encoding", "Content-Length", "Last-Modified", "Digest"})
    EXPECT_FALSE(belongs_to_304(name)) << name;
  for (const auto* name : {"Date", "Content-Location", "ETag", "Cache-Control", "Expires", "Vary", "x-anything"})
    EXPECT_TRUE(belongs_to_304(name)) << name;
}

TEST(refresh, replaces_what_the_304_names_and_keeps_the_rest) {
  auto stored = with({{"Date", "old"},
                      {"Content-Type", "application/json"},
                      {"ETag", "\"a\""},
                      {"Vary", "x"},
                      {"Vary", "y"},
                      {"X-Kept", "1"}});
  EXPECT_TRUE(refresh_stored_fields(stored, with({{"date", "new"},
                                                  {"ETag", "W/\"a\""},
                                                  {"Cache-Control", "max-age=5"},
                                                  {"Vary", "z"},
                                                  {"Age", "3"},
                                                  {"Connection", "close"},
                                                  {"Set-Cookie", "s"},
                                                  {"X-Request-Id", "r"},
                                                  {"Content-Length", "0"},
                                                  {"Content-Type", "text/html"},
                                                  {"Content-Encoding", "gzip"}})));
  EXPECT_EQ(text(stored),
            "Content-Type: application/json\r\nETag: \"a\"\r\nX-Kept: 1\r\ndate: new\r\nCache-Control: max-age=5\r\n"
            "Vary: z\r\n");
}

TEST(refresh, refuses_a_304_for_another_version) {
  auto stored = with({{"ETag", "\"a\""}, {"Date", "old"}});
  EXPECT_FALSE(refresh_stored_fields(stored, with({{"ETag", "\"b\""}, {"Date", "new"}})));
  EXPECT_EQ(text(stored), "ETag: \"a\"\r\nDate: old\r\n");
  auto without = with({{"Date", "old"}});
  EXPECT_FALSE(refresh_stored_fields(without, with({{"ETag", "\"b\""}})));
  EXPECT_TRUE(refresh_stored_fields(stored, with({{"Date", "new"}}))) << "no tag: the one that was asked about";
  EXPECT_EQ(text(stored), "ETag: \"a\"\r\nDate: new\r\n");
}

}  // namespace
}  // namespace sidecache::http
