// The head of an answer that goes on line by line is the one that goes on parsed and written again.
#include <gtest/gtest.h>

#include <string>

#include "http/head_parser.hpp"
#include "http/head_rules.hpp"
#include "http/header_rules.hpp"
#include "unit/http/samples.hpp"

namespace sidecache::http {
namespace {

struct passed {
  std::optional<passed_head> head;
  std::string lines = "before";  // what is there already stays
};

passed pass(std::string_view fields, std::string_view status_line = "HTTP/1.1 200 OK") {
  passed made;
  made.head = append_passed_head(std::string(status_line) + "\r\n" + std::string(fields) + "\r\n", made.lines);
  return made;
}

std::string parsed_and_written(std::string_view fields, const std::string& status_line) {
  response_head head;
  EXPECT_TRUE(parse_response_head(status_line + "\r\n" + std::string(fields) + "\r\n", method::get, head));
  erase_hop_by_hop(head.fields);
  if (head.status != 304) head.fields.erase("content-length");
  return "before" + status_line + "\r\n" + text(head.fields);
}

TEST(passed_head, lines_stay_as_they_came_but_for_what_is_hop_by_hop) {
  for (const char* const fields : {
           "Content-Length: 0\r\n",
           "Content-Length: 12\r\nContent-Type: text/plain\r\nX-Empty:\r\nx-empty: \r\n",
           "Server: a\r\nKeep-Alive: timeout=5\r\nConnection: keep-alive\r\ncontent-length: 3\r\nVary: a, b\r\n",
           "connection: Keep-Alive\r\nCONTENT-LENGTH: 3\r\nProxy-Connection: x\r\nUpgrade: h2c\r\nTE: x\r\n",
           "Set-Cookie: a\r\nSet-Cookie: b\r\nContent-Length: 3\r\nHTTP2-Settings: x\r\n",
           "A:b\r\nC:\t d \t\r\nE:  f\r\nG: h \r\nContent-Length:5\r\nProxy-Authenticate: Basic\r\n",
           "Content-Length: 1\r\nX-Far: \xE4\xF6 caf\xC3\xA9\r\n",
       })
    for (const char* const line : {"HTTP/1.1 200 OK", "HTTP/1.1 404 ", "HTTP/1.1 599 Odd one"}) {
      const auto got = pass(fields, line);
      ASSERT_TRUE(got.head) << fields;
      EXPECT_EQ(got.lines, parsed_and_written(fields, line));
    }
}

TEST(passed_head, tells_what_is_to_be_known_of_it) {
  const auto plain = pass("Content-Length: 12\r\n").head.value();
  EXPECT_EQ(plain.status, 200U);
  EXPECT_EQ(plain.length, 12U);
  EXPECT_FALSE(plain.dated);
  EXPECT_FALSE(plain.coded);
  const auto more = pass("date: x\r\ncontent-encoding: br\r\nContent-Length: 0\r\n", "HTTP/1.1 503 no").head.value();
  EXPECT_EQ(more.status, 503U);
  EXPECT_TRUE(more.dated);
  EXPECT_TRUE(more.coded);
}

TEST(passed_head, of_a_304_the_length_is_a_field_like_others) {
  const std::string line = "HTTP/1.1 304 Not Modified";
  for (const char* const fields : {"ETag: \"1\"\r\nContent-Length: 12\r\nVary: a\r\n", "ETag: \"1\"\r\n"}) {
    const auto got = pass(fields, line);
    ASSERT_TRUE(got.head);
    EXPECT_EQ(got.head->length, 0U);
    EXPECT_EQ(got.lines, parsed_and_written(fields, line));
  }
  const auto none = pass("X: 1\r\nContent-Length: 0\r\n", "HTTP/1.1 204 No Content");
  ASSERT_TRUE(none.head);
  EXPECT_EQ(none.lines, parsed_and_written("X: 1\r\n", "HTTP/1.1 204 No Content"));
}

TEST(passed_head, what_is_to_be_thought_about_is_left) {
  for (const char* const fields : {
           "X: 1\r\n",                                              // ends with its connection
           "Transfer-Encoding: chunked\r\n",                        //
           "Transfer-Encoding: chunked\r\nContent-Length: 1\r\n",   // flaws
           "Content-Length: 1\r\nContent-Length: 1\r\n",            //
           "Content-Length: 1\r\nX y: 1\r\n",                       //
           "Content-Length: 1\r\n folded\r\n",                      //
           "Content-Length: 1\r\nX: a\nb\r\n",                      //
           "Content-Length: 1\r\nX: \x01\r\n",                      //
           "Content-Length: 1\r\nConnection: close\r\n",            // names something
           "Content-Length: 1\r\nConnection: keep-alive, X-A\r\n",  //
           "Content-Length: 1\r\nConnection:\r\n",                  //
           "Content-Length: 1\r\ntrailer: x\r\n",                   // announces something
           "X-A: 1\r\nConnection: X-A\r\nContent-Length: 1\r\n",    //
           "Content-Length: 1\r\nTransfer-Encoding: gzip\r\n",      //
       })
    EXPECT_FALSE(pass(fields).head) << fields;
  for (const char* const line : {"HTTP/1.0 200 OK", "HTTP/1.1 100 Continue", "HTTP/1.1 103 Early", "HTTP/1.1 200",
                                 "HTTP/2.0 200 OK", "HTTP/1.1 600 Far", "", "200 OK"})
    EXPECT_FALSE(pass("Content-Length: 0\r\n", line).head) << line;
  EXPECT_FALSE(pass("Content-Length: 1\r\n", "HTTP/1.1 204 No Content").head) << "RFC 9112 section 6.2";
}

}  // namespace
}  // namespace sidecache::http
