// A block stands for the heads that have its bytes, and for none that the parser would read differently.
#include "http/head_block.hpp"

#include <gtest/gtest.h>

#include <random>
#include <tuple>

#include "http/head_parser.hpp"

namespace sidecache::http {
namespace {

using namespace std::string_literals;

const std::string plain = "Host: h\r\nx-portkey-api-key: a key\r\naccept: */*\r\n\r\n";
const std::string traced =
    "Host: h\r\ntraceparent: 00-aa-bb-01\r\nx-portkey-api-key: a key\r\nX-Request-Id: 1\r\naccept: */*\r\n\r\n";

void expect_same(const request_head& a, const request_head& b, const std::string& what) {
  const auto facts = [](const request_head& h) {
    return std::tuple(h.method, h.method_name, h.target, h.version, h.body, h.content_length, h.keep_alive,
                      h.expect_continue);
  };
  EXPECT_EQ(facts(a), facts(b)) << what;
  ASSERT_EQ(a.fields.size(), b.fields.size()) << what;
  for (std::size_t i = 0; i < a.fields.size(); ++i) {
    EXPECT_EQ(a.fields.at(i).name, b.fields.at(i).name) << what;
    EXPECT_EQ(a.fields.at(i).value, b.fields.at(i).value) << what;
  }
}

std::optional<head_block> block_of(std::string_view block) { return head_block::of(block, {}); }

TEST(head_block_test, the_same_bytes_are_recognised_whatever_follows_them) {
  const auto block = block_of(plain).value();
  EXPECT_EQ(block.matches(plain)->size, plain.size());
  EXPECT_EQ(block.matches(plain + "GET / HTTP/1.1\r\n")->size, plain.size());
  EXPECT_FALSE(block.asks_if_none_match());
  EXPECT_EQ(block.matches(plain)->if_none_match, "");
}

TEST(head_block_test, any_other_byte_is_not_recognised) {
  for (const std::string& bytes : {plain, traced}) {
    const auto block = block_of(bytes).value();
    const auto within = [&](std::size_t i, std::string_view value) {
      const auto at = bytes.find(value);
      return at != std::string::npos && i >= at && i < at + value.size();
    };
    const auto in_a_gap = [&](std::size_t i) {
      return within(i, "00-aa-bb-01") || (bytes[i] == '1' && within(i, "1\r\naccept"));
    };
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      EXPECT_FALSE(block.matches(bytes.substr(0, i))) << "only " << i << " bytes of it";
      std::string changed = bytes;
      changed[i] = static_cast<char>(changed[i] ^ 1);
      EXPECT_EQ(block.matches(changed).has_value(), in_a_gap(i)) << "byte " << i;
    }
  }
}

TEST(head_block_test, what_traces_a_request_may_differ_in_length_and_bytes) {
  const auto block = block_of(traced).value();
  const std::string other =
      "Host: h\r\ntraceparent: 00-cccccc-dd-00\r\nx-portkey-api-key: a key\r\nX-Request-Id: \r\naccept: */*\r\n\r\n";
  EXPECT_EQ(block.matches(other)->size, other.size());
}

TEST(head_block_test, a_gap_takes_no_byte_that_a_value_may_not_have) {
  const auto block = block_of(traced).value();
  for (const char bad : {'\0', '\n', '\r', '\x7f', '\x01'}) {
    std::string changed = traced;
    changed[26] = bad;
    EXPECT_FALSE(block.matches(changed)) << static_cast<int>(bad);
  }
}

TEST(head_block_test, a_line_more_in_a_gap_is_not_recognised) {
  const auto block = block_of(traced).value();
  std::string changed = traced;
  changed.insert(changed.find("\r\nx-portkey"), "\r\nAuthorization: another");
  EXPECT_FALSE(block.matches(changed));
  changed = traced;
  changed.insert(changed.find("\r\nx-portkey"), "\r\n\r\nGET /another HTTP/1.1");
  EXPECT_FALSE(block.matches(changed));
}

TEST(head_block_test, if_none_match_is_handed_out) {
  const auto block = block_of("Host: h\r\nIf-None-Match: \"1\"\r\n\r\n").value();
  EXPECT_TRUE(block.asks_if_none_match());
  EXPECT_EQ(block.matches("Host: h\r\nIf-None-Match: W/\"another\" \t\r\n\r\n")->if_none_match, "W/\"another\"");
  EXPECT_EQ(block.matches("Host: h\r\nIf-None-Match: \r\n\r\n")->if_none_match, "");
}

TEST(head_block_test, two_conditions_or_too_many_gaps_make_no_block) {
  EXPECT_FALSE(block_of("If-None-Match: \"1\"\r\nif-none-match: \"2\"\r\n\r\n"));
  std::string many;
  for (int i = 0; i < 9; ++i) many.append("x-request-id: 1\r\n");
  EXPECT_FALSE(block_of(many + "\r\n"));
}

TEST(head_block_test, what_chooses_or_frames_is_no_gap) {
  for (const char* const name :
       {"Host", "Authorization", "x-portkey-api-key", "x-portkey-virtual-key", "x-portkey-config", "x-portkey-span-id",
        "Cookie", "Connection", "Content-Length", "Transfer-Encoding", "Expect", "Cache-Control", "Pragma", "Via",
        "If-Modified-Since", "Range", "Accept", "Upgrade", "TE"}) {
    const auto block = block_of(std::string(name).append(": 1\r\n\r\n")).value();
    EXPECT_FALSE(block.matches(std::string(name).append(": 2\r\n\r\n"))) << name;
  }
}

TEST(head_block_test, the_fixed_part_is_that_of_all_it_stands_for) {
  std::string a;
  std::string b;
  append_fixed_part(traced, a);
  append_fixed_part(
      "Host: h\r\ntraceparent: x\r\nx-portkey-api-key: a key\r\nX-Request-Id: 77777\r\naccept: */*\r\n\r\n", b);
  EXPECT_EQ(a, b);
  std::string c;
  append_fixed_part(plain, c);
  EXPECT_EQ(c, plain);
}

/// Whatever is recognised would have been parsed, and to the same fields but for those that a gap is for.
TEST(head_block_test, what_is_recognised_is_what_the_parser_accepts) {
  std::mt19937 chance(7);  // NOLINT(bugprone-random-generator-seed): the same each time
  const auto below = [&](std::size_t n) { return std::uniform_int_distribution<std::size_t>(0, n - 1)(chance); };
  const auto block = block_of(traced).value();
  const std::string line = "GET /v1/providers/x HTTP/1.1\r\n";
  request_head original;
  ASSERT_TRUE(parse_request_head(line + traced, {}, original));
  const std::string bytes = std::string("\r\n\t :;\",azAZ09\x7f\x80\xff\x01", 18) + '\0';
  const auto known = head_block::of(traced, original).value();
  int recognised = 0;
  for (int round = 0; round < 50'000; ++round) {
    std::string changed = traced;
    for (std::size_t i = 1 + below(3); i > 0; --i) {
      const auto at = below(2) == 0 ? 22 + below(12) : below(changed.size());
      if (below(2) == 0) {
        changed[at] = bytes[below(bytes.size())];
      } else if (below(2) == 0) {
        changed.insert(at, 1, bytes[below(bytes.size())]);
      } else {
        changed.erase(at, 1);
      }
    }
    const auto found = block.matches(changed);
    if (!found) continue;
    ++recognised;
    request_head parsed;
    const auto head = line + changed.substr(0, found->size);
    ASSERT_EQ(find_head_end(head, 0), head.size()) << head;
    ASSERT_TRUE(parse_request_head(head, {}, parsed)) << head;
    ASSERT_EQ(parsed.fields.size(), original.fields.size()) << head;
    for (const char* const name : {"host", "x-portkey-api-key", "accept"})
      ASSERT_EQ(parsed.fields.find(name), original.fields.find(name)) << head;
    request_head as_known;
    ASSERT_TRUE(known.read(read_plain_get(line, 100).value(), head.substr(line.size()), as_known)) << head;
    expect_same(as_known, parsed, head);
  }
  EXPECT_GT(recognised, 1000);
}

TEST(head_block_test, a_known_head_is_read_as_the_parser_reads_it) {
  for (const std::string& rest :
       {plain, traced, "Host: h\r\nConnection: close\r\n\r\n"s, "Host: h\r\nContent-Length: 12\r\n\r\n"s,
        "Host: h\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n"s, "Host: h\r\nx: \r\nX:y \r\n\r\n"s}) {
    request_head first;
    ASSERT_TRUE(parse_request_head("GET /first HTTP/1.1\r\n" + rest, {}, first));
    const auto block = head_block::of(rest, first).value();
    request_head as_known;  // used before: nothing of it stays
    ASSERT_TRUE(parse_request_head("PUT /a HTTP/1.0\r\nContent-Length: 9\r\nz: y\r\n\r\n", {}, as_known));
    const auto head = "GET /v1/providers/x?y=%20 HTTP/1.1\r\n" + rest;
    const auto line = read_plain_get(head, 100).value();
    ASSERT_TRUE(block.read(line, std::string_view(head).substr(line.size), as_known));
    request_head parsed;
    ASSERT_TRUE(parse_request_head(head, {}, parsed));
    expect_same(as_known, parsed, head);
  }
}

TEST(head_block_test, a_target_that_the_parser_refuses_is_not_read) {
  const std::string line = "GET /v1/providers/x#y HTTP/1.1\r\n";
  request_head parsed;
  ASSERT_FALSE(parse_request_head(line + plain, {}, parsed));
  EXPECT_FALSE(block_of(plain)->read(read_plain_get(line, 100).value(), plain, parsed));
}

TEST(plain_get_test, only_a_get_of_a_path_in_http_1_1_is_one) {
  const auto got = read_plain_get("GET /v1/providers/x?y=1 HTTP/1.1\r\nHost: h\r\n", 100);
  ASSERT_TRUE(got);
  EXPECT_EQ(got->target, "/v1/providers/x?y=1");
  EXPECT_EQ(got->size, 34U);
  for (const char* const other :
       {"GET /v1 HTTP/1.0\r\n", "HEAD /v1 HTTP/1.1\r\n", "get /v1 HTTP/1.1\r\n", "GET http://h/v1 HTTP/1.1\r\n",
        "GET  /v1 HTTP/1.1\r\n", "GET /v1  HTTP/1.1\r\n", "GET /v1 HTTP/1.1\n", "GET /v1 HTTP/1.1", "GET /v1",
        "\r\nGET /v1 HTTP/1.1\r\n", "GET /v1\t HTTP/1.1\r\n", "GET /v\x80 HTTP/1.1\r\n", "GET /v\x7f HTTP/1.1\r\n", ""})
    EXPECT_FALSE(read_plain_get(other, 100)) << other;
  EXPECT_FALSE(read_plain_get(std::string_view("GET /v\0denied HTTP/1.1\r\n", 24), 100));
  EXPECT_FALSE(read_plain_get("GET /v1/providers/x HTTP/1.1\r\n", 10));
}

}  // namespace
}  // namespace sidecache::http
