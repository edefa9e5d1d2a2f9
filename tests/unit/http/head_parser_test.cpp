// One test a row of the strictness table, and what must go through untouched.
#include "http/head_parser.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "http/head_rules.hpp"

namespace sidecache::http {
namespace {

using namespace std::string_literals;

std::string get(std::string_view fields) {
  return std::string("GET /v1/virtual-keys/x HTTP/1.1\r\nHost: h\r\n").append(fields).append("\r\n");
}

struct sample {
  flaw broken;
  std::string head;
};

std::vector<sample> refused_requests() {
  return {
      {flaw::bare_lf, "GET / HTTP/1.1\nHost: h\n\n"},
      {flaw::bare_lf, get("a: b\n")},
      {flaw::bare_lf, "GET / HTTP/1.1\r\nHost: h\r\na: b\n\r\n"},
      {flaw::bare_cr, get("a: b\rc: d\r\n")},
      {flaw::bare_cr, "GET /\r HTTP/1.1\r\nHost: h\r\n\r\n"},
      {flaw::control_byte, get("a: b\0c\r\n"s)},
      {flaw::control_byte, get("a: \x7F\r\n")},
      {flaw::control_byte, get("a\x01: b\r\n")},
      {flaw::control_byte, "GET /\0 HTTP/1.1\r\nHost: h\r\n\r\n"s},
      {flaw::obs_fold, get("a: b\r\n c\r\n")},
      {flaw::obs_fold, get("a: b\r\n\tc\r\n")},
      {flaw::obs_fold, "GET / HTTP/1.1\r\n Host: h\r\n\r\n"},
      {flaw::space_before_colon, get("Content-Length : 3\r\n")},
      {flaw::space_before_colon, get("a\t: 3\r\n")},
      {flaw::no_colon, get("nothing\r\n")},
      {flaw::no_colon, get(": value\r\n")},
      {flaw::bad_field_name, get("a b: c\r\n")},
      {flaw::bad_field_name, get("n\xC3\xA4me: c\r\n")},
      {flaw::bad_field_name, get("a(b): c\r\n")},
      {flaw::head_too_large, get("a: " + std::string(70'000, 'x') + "\r\n")},
      {flaw::target_too_long, "GET /" + std::string(9'000, 'x') + " HTTP/1.1\r\nHost: h\r\n\r\n"},
      {flaw::target_too_long, "GET /" + std::string(70'000, 'x') + " HTTP/1.1\r\nHost: h\r\n\r\n"},
      {flaw::bad_request_line, "GET /\r\n\r\n"},
      {flaw::bad_request_line, "GET  / HTTP/1.1\r\nHost: h\r\n\r\n"},
      {flaw::bad_request_line, "GET /a b HTTP/1.1\r\nHost: h\r\n\r\n"},
      {flaw::bad_request_line, "GET / HTTP/1.1 \r\nHost: h\r\n\r\n"},
      {flaw::bad_request_line, "GET / http/1.1\r\nHost: h\r\n\r\n"},
      {flaw::bad_request_line, "GET / HTTP/11\r\nHost: h\r\n\r\n"},
      {flaw::bad_request_line, "G\xC3\x8BT / HTTP/1.1\r\nHost: h\r\n\r\n"},
      {flaw::bad_request_line, " GET / HTTP/1.1\r\nHost: h\r\n\r\n"},
      {flaw::bad_request_line, "\r\n\r\n\r\n\r\n\r\n"},
      {flaw::bad_version, "GET / HTTP/2.0\r\nHost: h\r\n\r\n"},
      {flaw::bad_version, "GET / HTTP/1.2\r\nHost: h\r\n\r\n"},
      {flaw::bad_version, "PRI * HTTP/2.0\r\n\r\n"},
      {flaw::connect, "CONNECT api.example:443 HTTP/1.1\r\nHost: api.example:443\r\n\r\n"},
      {flaw::bad_target, "GET /\xC3\xBC HTTP/1.1\r\nHost: h\r\n\r\n"},
      {flaw::bad_target, "GET /x#y HTTP/1.1\r\nHost: h\r\n\r\n"},
      {flaw::bad_target, "GET x HTTP/1.1\r\nHost: h\r\n\r\n"},
      {flaw::bad_target, "GET * HTTP/1.1\r\nHost: h\r\n\r\n"},
      {flaw::bad_target, "GET ftp://h/ HTTP/1.1\r\nHost: h\r\n\r\n"},
      {flaw::bad_target, "GET http://user@h/ HTTP/1.1\r\nHost: h\r\n\r\n"},
      {flaw::bad_target, "GET http:///x HTTP/1.1\r\nHost: h\r\n\r\n"},
      {flaw::foreign_authority, "GET http://elsewhere/x HTTP/1.1\r\nHost: h\r\n\r\n"},
      {flaw::foreign_authority, "GET http://h:81/x HTTP/1.1\r\nHost: h\r\n\r\n"},
      {flaw::foreign_authority, "GET http://h/x HTTP/1.0\r\n\r\n"},
      {flaw::missing_host, "GET / HTTP/1.1\r\n\r\n"},
      {flaw::repeated_host, get("host: h\r\n")},
      {flaw::bad_host, "GET / HTTP/1.1\r\nHost:\r\n\r\n"},
      {flaw::bad_host, "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n"},
      {flaw::bad_host, "GET / HTTP/1.1\r\nHost: user@h\r\n\r\n"},
      {flaw::bad_host, "GET / HTTP/1.1\r\nHost: h/x\r\n\r\n"},
      {flaw::conflicting_framing, get("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n")},
      {flaw::conflicting_framing, get("Transfer-Encoding: chunked\r\nContent-Length: 0\r\n")},
      {flaw::repeated_length, get("Content-Length: 3\r\nContent-Length: 3\r\n")},
      {flaw::repeated_length, get("Content-Length: 3\r\ncontent-length: 4\r\n")},
      {flaw::bad_length, get("Content-Length: 3, 3\r\n")},
      {flaw::bad_length, get("Content-Length: +3\r\n")},
      {flaw::bad_length, get("Content-Length: -3\r\n")},
      {flaw::bad_length, get("Content-Length: 0x3\r\n")},
      {flaw::bad_length, get("Content-Length:\r\n")},
      {flaw::bad_length, get("Content-Length: 3 3\r\n")},
      {flaw::length_overflow, get("Content-Length: 9223372036854775808\r\n")},
      {flaw::length_overflow, get("Content-Length: 99999999999999999999999\r\n")},
      {flaw::unsupported_coding, get("Transfer-Encoding: gzip\r\n")},
      {flaw::unsupported_coding, get("Transfer-Encoding: xchunked\r\n")},
      {flaw::unsupported_coding, get("Transfer-Encoding: chunked, gzip\r\n")},
      {flaw::unsupported_coding, get("Transfer-Encoding: gzip, chunked\r\n")},
      {flaw::unsupported_coding, get("Transfer-Encoding: chunked, chunked\r\n")},
      {flaw::unsupported_coding, get("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n")},
      {flaw::unsupported_coding, get("Transfer-Encoding: identity\r\n")},
      {flaw::unsupported_coding, get("Transfer-Encoding:\r\n")},
      {flaw::unsupported_coding, get("Transfer-Encoding: chunked;q=1\r\n")},
      {flaw::coding_in_http10, "POST / HTTP/1.0\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"},
      {flaw::unknown_expectation, get("Expect: 200-ok\r\n")},
      {flaw::bad_connection, get("Connection: a b\r\n")},
      {flaw::nominated_field, get("Connection: close, X-Portkey-Api-Key\r\n")},
      {flaw::nominated_field, get("Connection: authorization\r\n")},
      {flaw::nominated_field, get("Connection: x-portkey-config\r\n")},
      {flaw::nominated_field, get("Connection: Host\r\n")},
  };
}

std::vector<sample> refused_responses() {
  const auto ok = [](std::string_view fields) { return "HTTP/1.1 200 OK\r\n" + std::string(fields) + "\r\n"; };
  return {
      {flaw::bare_lf, "HTTP/1.1 200 OK\nContent-Length: 0\n\n"},
      {flaw::bare_cr, ok("a: b\rSet-Cookie: c\r\n")},
      {flaw::control_byte, ok("a: b\0\r\n"s)},
      {flaw::obs_fold, ok("a: b\r\n c\r\n")},
      {flaw::space_before_colon, ok("a : b\r\n")},
      {flaw::no_colon, ok("nothing\r\n")},
      {flaw::bad_field_name, ok("a b: c\r\n")},
      {flaw::bad_status_line, "HTTP/1.1 20 OK\r\n\r\n"},
      {flaw::bad_status_line, "HTTP/1.1 2000 OK\r\n\r\n"},
      {flaw::bad_status_line, "HTTP/1.1 099 Odd\r\n\r\n"},
      {flaw::bad_status_line, "HTTP/1.1 600 Odd\r\n\r\n"},
      {flaw::bad_status_line, "HTTP/1.1 2x0 OK\r\n\r\n"},
      {flaw::bad_status_line, "\r\nHTTP/1.1 200 OK\r\n\r\n"},
      {flaw::bad_status_line, "<html>not HTTP at all</html>\r\n\r\n"},
      {flaw::bad_version, "HTTP/2.0 200 OK\r\n\r\n"},
      {flaw::conflicting_framing, ok("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n")},
      {flaw::repeated_length, ok("Content-Length: 3\r\nContent-Length: 3\r\n")},
      {flaw::bad_length, ok("Content-Length: 3, 3\r\n")},
      {flaw::length_overflow, ok("Content-Length: 18446744073709551616\r\n")},
      {flaw::unsupported_coding, ok("Transfer-Encoding: gzip, chunked\r\n")},
      {flaw::coding_in_http10, "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"},
      {flaw::framing_without_body, "HTTP/1.1 204 No Content\r\nContent-Length: 3\r\n\r\n"},
      {flaw::framing_without_body, "HTTP/1.1 100 Continue\r\nTransfer-Encoding: chunked\r\n\r\n"},
      {flaw::bad_connection, ok("Connection: close keep\r\n")},
  };
}

class head_parser_refuses : public testing::TestWithParam<sample> {};

TEST_P(head_parser_refuses, with_the_status_and_code_of_the_row) {
  const auto& [broken, head] = GetParam();
  ASSERT_EQ(find_head_end(head, 0).value_or(0), head.size()) << "the flaw must not keep the head from ending";
  request_head out;
  const auto parsed = parse_request_head(head, {}, out);
  ASSERT_FALSE(parsed.has_value());
  EXPECT_EQ(parsed.error().code, rule_of(broken).code);
  EXPECT_EQ(parsed.error().status, rule_of(broken).status);
  EXPECT_EQ(parsed.error().message, rule_of(broken).why);
}

std::string name_of(const testing::TestParamInfo<sample>& info) {
  return std::string(rule_of(info.param.broken).code) + "_" + std::to_string(info.index);
}
INSTANTIATE_TEST_SUITE_P(requests, head_parser_refuses, testing::ValuesIn(refused_requests()), name_of);

class response_parser_refuses : public testing::TestWithParam<sample> {};

TEST_P(response_parser_refuses, with_the_sentence_of_the_row) {
  response_head out;
  const auto parsed = parse_response_head(GetParam().head, method::get, out);
  ASSERT_FALSE(parsed.has_value());
  EXPECT_EQ(parsed.error(), rule_of(GetParam().broken).why);
}
INSTANTIATE_TEST_SUITE_P(responses, response_parser_refuses, testing::ValuesIn(refused_responses()), name_of);

TEST(head_rules_test, every_row_has_a_sample_that_breaks_it) {
  std::set<flaw> covered;
  for (const auto& s : refused_requests()) covered.insert(s.broken);
  for (const auto& s : refused_responses()) covered.insert(s.broken);
  for (const auto& r : head_rules) EXPECT_TRUE(covered.contains(r.broken)) << r.code;
}

request_head parse(std::string_view head) {
  request_head out;
  const auto parsed = parse_request_head(head, {}, out);
  EXPECT_TRUE(parsed.has_value()) << head << (parsed ? "" : parsed.error().message);
  return out;
}

TEST(head_parser_test, a_lookup_is_read_as_it_came) {
  const auto head = parse(
      "GET /v1//virtual-keys/a%20b/%C3%BC?x=1 HTTP/1.1\r\nHost: localhost:9400\r\nX-Portkey-Api-Key:  key \t\r\n"
      "x-twice: 1\r\nx-twice: 2\r\nx-latin: \xE4\r\nx-empty:\r\n\r\n");
  EXPECT_EQ(head.method, method::get);
  EXPECT_EQ(head.method_name, "GET");
  EXPECT_EQ(head.target, "/v1//virtual-keys/a%20b/%C3%BC?x=1");
  EXPECT_EQ(head.version, 11);
  EXPECT_EQ(head.body, framing::none);
  EXPECT_TRUE(head.keep_alive);
  EXPECT_EQ(head.fields.size(), 6);
  EXPECT_EQ(head.fields.find("x-portkey-api-key"), "key");
  EXPECT_EQ(head.fields.joined("x-twice"), "1, 2");
  EXPECT_EQ(head.fields.find("x-latin"), "\xE4");
  EXPECT_EQ(head.fields.find("x-empty"), "");
}

TEST(head_parser_test, unknown_methods_are_tokens_and_pass) {
  const auto head = parse("PURGE-2 /x HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(head.method, method::other);
  EXPECT_EQ(head.method_name, "PURGE-2");
  EXPECT_EQ(parse("get /x HTTP/1.1\r\nHost: h\r\n\r\n").method, method::other);
}

TEST(head_parser_test, an_absolute_target_that_repeats_host_is_reduced_to_its_path) {
  EXPECT_EQ(parse("GET http://H:80/a?b HTTP/1.1\r\nHost: h:80\r\n\r\n").target, "/a?b");
  EXPECT_EQ(parse("GET HTTPS://[::1]:9 HTTP/1.1\r\nHost: [::1]:9\r\n\r\n").target, "/");
  EXPECT_EQ(parse("GET http://h?q HTTP/1.1\r\nHost: h\r\n\r\n").target, "/?q");
  EXPECT_EQ(parse("OPTIONS http://h HTTP/1.1\r\nHost: h\r\n\r\n").target, "*");
  EXPECT_EQ(parse("OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n").target, "*");
}

TEST(head_parser_test, framing_comes_from_length_or_chunked) {
  const auto counted = parse("DELETE / HTTP/1.1\r\nHost: h\r\nContent-Length: 007\r\n\r\n");
  EXPECT_EQ(counted.body, framing::length);
  EXPECT_EQ(counted.content_length, 7);
  EXPECT_EQ(parse("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: Chunked\r\n\r\n").body, framing::chunked);
  EXPECT_EQ(parse("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9223372036854775807\r\n\r\n").content_length,
            9223372036854775807U);
  EXPECT_EQ(parse("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n").body, framing::length);
}

TEST(head_parser_test, a_connection_is_kept_as_version_and_connection_say) {
  EXPECT_FALSE(parse("GET / HTTP/1.1\r\nHost: h\r\nConnection: te, Close\r\n\r\n").keep_alive);
  EXPECT_FALSE(parse("GET / HTTP/1.0\r\n\r\n").keep_alive);
  EXPECT_TRUE(parse("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n").keep_alive);
  EXPECT_FALSE(parse("GET / HTTP/1.0\r\nConnection: keep-alive\r\nConnection: close\r\n\r\n").keep_alive);
}

TEST(head_parser_test, only_http_1_1_can_expect_to_continue) {
  EXPECT_TRUE(parse("PUT / HTTP/1.1\r\nHost: h\r\nExpect: 100-Continue\r\nContent-Length: 1\r\n\r\n").expect_continue);
  EXPECT_FALSE(parse("PUT / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n").expect_continue);
  EXPECT_FALSE(parse("PUT / HTTP/1.0\r\nExpect: miracles\r\nContent-Length: 1\r\n\r\n").expect_continue);
}

TEST(head_parser_test, a_head_reused_for_the_next_request_keeps_nothing_of_the_last) {
  request_head out;
  ASSERT_TRUE(parse_request_head("PUT /a HTTP/1.0\r\nHost: h\r\nContent-Length: 9\r\nx: y\r\n\r\n", {}, out));
  ASSERT_TRUE(parse_request_head("\r\nGET /b HTTP/1.1\r\nHost: h\r\n\r\n", {}, out));
  EXPECT_EQ(out.method, method::get);
  EXPECT_EQ(out.target, "/b");
  EXPECT_EQ(out.version, 11);
  EXPECT_EQ(out.body, framing::none);
  EXPECT_EQ(out.content_length, 0);
  EXPECT_EQ(out.fields.size(), 1);
}

TEST(head_parser_test, an_unfinished_head_over_the_limits_is_refused_by_what_is_too_long) {
  const head_limits limits{.header_bytes = 64, .target_bytes = 16};
  EXPECT_EQ(refuse_unfinished_head("GET /" + std::string(60, 'x'), limits).status, 414);
  EXPECT_EQ(refuse_unfinished_head("GET /x HTTP/1.1\r\na: " + std::string(60, 'x'), limits).status, 431);
  EXPECT_EQ(refuse_unfinished_head(std::string(65, 'G'), limits).status, 431);
}

TEST(find_head_end_test, finds_the_blank_line_wherever_the_bytes_were_cut) {
  const std::string head = "\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n";
  const auto bytes = head + "GET /next";
  for (std::size_t arrived = 0; arrived <= bytes.size(); ++arrived)
    for (std::size_t searched = 0; searched < std::min(arrived, head.size()); ++searched) {
      const auto end = find_head_end(std::string_view(bytes).substr(0, arrived), searched);
      ASSERT_EQ(end.has_value(), arrived >= head.size()) << arrived << " " << searched;
      if (end) ASSERT_EQ(*end, head.size());
    }
}

response_head parse_response(std::string_view head, method asked = method::get) {
  response_head out;
  const auto parsed = parse_response_head(head, asked, out);
  EXPECT_TRUE(parsed.has_value()) << head << (parsed ? "" : parsed.error());
  return out;
}

TEST(response_parser_test, reads_status_reason_and_fields) {
  const auto head = parse_response("HTTP/1.1 404 Not Here\r\nContent-Length: 2\r\nETag: \"x\"\r\n\r\n");
  EXPECT_EQ(head.status, 404);
  EXPECT_EQ(head.reason, "Not Here");
  EXPECT_EQ(head.fields.find("etag"), "\"x\"");
  EXPECT_EQ(head.content_length, 2);
  EXPECT_EQ(parse_response("HTTP/1.1 200 \r\n\r\n").reason, "");
}

TEST(response_parser_test, the_body_ends_by_the_rules_of_rfc_9112_section_6_3) {
  EXPECT_EQ(parse_response("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n").body, framing::length);
  EXPECT_EQ(parse_response("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n").body, framing::chunked);
  EXPECT_EQ(parse_response("HTTP/1.0 200 OK\r\n\r\n").body, framing::until_close);
  EXPECT_EQ(parse_response("HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n").body, framing::none);
  EXPECT_EQ(parse_response("HTTP/1.1 304 Not Modified\r\nContent-Length: 12\r\n\r\n").body, framing::none);
  EXPECT_EQ(parse_response("HTTP/1.1 100 Continue\r\n\r\n").body, framing::none);
  const auto to_head = parse_response("HTTP/1.1 200 OK\r\nContent-Length: 1500\r\n\r\n", method::head);
  EXPECT_EQ(to_head.body, framing::none);
  EXPECT_EQ(to_head.content_length, 1500);
}

}  // namespace
}  // namespace sidecache::http
