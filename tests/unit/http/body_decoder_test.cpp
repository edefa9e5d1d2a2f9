// Bodies come out the same however their bytes were cut, and a framing that could be read in two ways is an error.
#include "http/body_decoder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace sidecache::http {
namespace {

struct decoded {
  std::string body;
  std::string error;
  std::size_t consumed = 0;
};

/// Feeds `bytes` as a connection would: at most `at_once` new bytes a read, what is not consumed kept.
decoded decode(body_decoder& decoder, std::string_view bytes, std::size_t at_once) {
  decoded all;
  std::size_t arrived = 0;
  while (!decoder.done()) {
    if (all.consumed == arrived) {
      if (arrived == bytes.size()) break;
      arrived = std::min(arrived + at_once, bytes.size());
    }
    const auto step = decoder.next(bytes.substr(all.consumed, arrived - all.consumed));
    if (!step) {
      all.error = step.error();
      break;
    }
    all.body.append(step->piece);
    all.consumed += step->consumed;
  }
  return all;
}

TEST(body_decoder_test, a_chunked_body_survives_every_cut_and_the_next_request_is_left_alone) {
  const std::string framed = "5\r\nhello\r\n00B;name=\"v\"\r\n, big world\r\n1 ;x\r\n!\r\n0\r\nX-Sum: 42\r\n\r\n";
  for (std::size_t at_once = 1; at_once <= framed.size() + 4; ++at_once) {
    body_decoder decoder(framing::chunked, 0);
    const auto all = decode(decoder, framed + "GET /", at_once);
    EXPECT_EQ(all.error, "");
    EXPECT_EQ(all.body, "hello, big world!");
    EXPECT_EQ(all.consumed, framed.size());
    EXPECT_TRUE(decoder.done());
    EXPECT_EQ(decoder.trailers().find("x-sum"), "42");
  }
}

TEST(body_decoder_test, a_counted_body_ends_where_it_said) {
  body_decoder decoder(framing::length, 5);
  const auto all = decode(decoder, "helloGET /", 3);
  EXPECT_EQ(all.body, "hello");
  EXPECT_EQ(all.consumed, 5);
  EXPECT_TRUE(decoder.done());
}

TEST(body_decoder_test, no_body_and_an_empty_one_are_done_at_once) {
  EXPECT_TRUE(body_decoder().done());
  EXPECT_TRUE(body_decoder(framing::none, 7).done());
  EXPECT_TRUE(body_decoder(framing::length, 0).done());
  EXPECT_FALSE(body_decoder(framing::chunked, 0).done());
}

TEST(body_decoder_test, only_a_body_without_length_may_end_with_its_connection) {
  body_decoder endless(framing::until_close, 0);
  EXPECT_EQ(decode(endless, "all there is", 5).body, "all there is");
  EXPECT_FALSE(endless.done());
  EXPECT_TRUE(endless.at_end_of_connection());
  EXPECT_TRUE(endless.done());

  body_decoder counted(framing::length, 5);
  EXPECT_EQ(decode(counted, "hell", 4).body, "hell");
  EXPECT_FALSE(counted.at_end_of_connection());

  body_decoder chunked(framing::chunked, 0);
  EXPECT_EQ(decode(chunked, "5\r\nhello\r\n0\r\n", 64).body, "hello");
  EXPECT_FALSE(chunked.at_end_of_connection()) << "the blank line after the last chunk is missing";
}

struct broken_body {
  std::string bytes;
  std::string expected;
};

class body_decoder_refuses : public testing::TestWithParam<broken_body> {};

TEST_P(body_decoder_refuses, whole_and_byte_by_byte) {
  for (const std::size_t at_once : {std::size_t{1}, GetParam().bytes.size()}) {
    body_decoder decoder(framing::chunked, 0);
    EXPECT_THAT(decode(decoder, GetParam().bytes, at_once).error, testing::HasSubstr(GetParam().expected));
    EXPECT_FALSE(decoder.done());
  }
}

std::string many(std::string_view text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all.append(text);
  return all;
}

INSTANTIATE_TEST_SUITE_P(
    rows, body_decoder_refuses,
    testing::Values(broken_body{"\r\n", "not hexadecimal"}, broken_body{"x\r\n", "not hexadecimal"},
                    broken_body{"+5\r\nhello\r\n", "not hexadecimal"}, broken_body{"-5\r\n", "not hexadecimal"},
                    broken_body{" 5\r\nhello\r\n", "not hexadecimal"}, broken_body{"0x5\r\n", "no extension"},
                    broken_body{"5 \r\nhello\r\n", "no extension"}, broken_body{"5,5\r\n", "no extension"},
                    broken_body{"5\nhello\r\n", "LF alone"}, broken_body{"5\r\nhello\n", "LF alone"},
                    broken_body{"5\r\r\n", "CR stands inside"}, broken_body{"5;a\rb\r\n", "CR stands inside"},
                    broken_body{std::string("5;\0\r\n", 5), "NUL"}, broken_body{"8000000000000000\r\n", "overflows"},
                    broken_body{"10000000000000005\r\n", "overflows"},
                    broken_body{"5\r\nhello!\r\n", "longer than its size"},
                    broken_body{"5\r\nhello0\r\n\r\n", "longer than its size"},
                    broken_body{"0\r\nX-Sum : 1\r\n\r\n", "between"},
                    broken_body{"0\r\n folded\r\n\r\n", "white space"}, broken_body{"0\r\nnothing\r\n\r\n", "colon"},
                    broken_body{"0\r\nX: 1\n\r\n", "LF alone"},
                    broken_body{"5;" + std::string(5'000, 'e') + "\r\n", "size line is over its limit"},
                    broken_body{"0\r\nX: " + std::string(9'000, 't') + "\r\n\r\n", "trailer section is over its limit"},
                    broken_body{"0\r\n" + many("X: 1\r\n", 2'000) + "\r\n", "trailer section is over its limit"},
                    broken_body{many("1;" + std::string(1'000, 'e') + "\r\nx\r\n", 20), "outweighs"}));

TEST(body_decoder_test, small_chunks_and_long_extensions_on_large_ones_are_within_the_allowance) {
  body_decoder dribbled(framing::chunked, 0);
  EXPECT_EQ(decode(dribbled, many("1\r\nx\r\n", 50'000) + "0\r\n\r\n", 4096).body.size(), 50'000);
  EXPECT_TRUE(dribbled.done());
  body_decoder signed_chunks(framing::chunked, 0);
  const auto chunk = "10000;chunk-signature=" + std::string(64, 'a') + "\r\n" + std::string(0x10000, 'x') + "\r\n";
  EXPECT_EQ(decode(signed_chunks, many(chunk, 50) + "0\r\n\r\n", 8192).body.size(), 50 * 0x10000);
  EXPECT_TRUE(signed_chunks.done());
}

TEST(body_decoder_test, trailers_that_would_frame_or_route_a_message_are_dropped) {
  body_decoder decoder(framing::chunked, 0);
  const auto all =
      decode(decoder, "0\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\nHost: h\r\nX-Ok: 1\r\n\r\n", 8);
  EXPECT_EQ(all.error, "");
  EXPECT_EQ(decoder.trailers().size(), 1);
  EXPECT_TRUE(decoder.trailers().contains("x-ok"));
}

}  // namespace
}  // namespace sidecache::http
