#include "http/content_coding.hpp"

#include <gtest/gtest.h>

namespace sidecache::http {
namespace {

bool accepts(std::initializer_list<const char*> lines) {
  fields request;
  for (const auto* line : lines) request.add("accept-encoding", line);
  return accepts_gzip(request);
}

response_head head_with(std::initializer_list<field> lines, unsigned status = 200) {
  response_head head;
  head.status = status;
  head.body = framing::length;
  head.content_length = 99;
  for (const auto& [name, value] : lines) head.fields.add(name, value);
  return head;
}

TEST(content_coding, gzip_is_accepted_where_it_is_named_or_anything_is) {
  EXPECT_TRUE(accepts({"gzip, deflate"}));
  EXPECT_TRUE(accepts({"br", "GZIP;q=0.5"}));
  EXPECT_TRUE(accepts({"x-gzip"}));
  EXPECT_TRUE(accepts({"*"}));
  EXPECT_TRUE(accepts({"gzip;q=0.001"}));
  EXPECT_FALSE(accepts({}));
  EXPECT_FALSE(accepts({""}));
  EXPECT_FALSE(accepts({"identity"}));
  EXPECT_FALSE(accepts({"br, deflate"}));
  EXPECT_FALSE(accepts({"gzip;q=0"}));
  EXPECT_FALSE(accepts({"gzip; Q=0.000, *"})) << "what is named counts, not the rest";
  EXPECT_FALSE(accepts({"*;q=0"}));
}

TEST(content_coding, only_one_plain_layer_of_gzip_is_undone) {
  EXPECT_TRUE(is_undoable_gzip(head_with({{"Content-Encoding", "gzip"}})));
  EXPECT_TRUE(is_undoable_gzip(head_with({{"content-encoding", "X-GZip"}})));
  EXPECT_FALSE(is_undoable_gzip(head_with({})));
  EXPECT_FALSE(is_undoable_gzip(head_with({{"Content-Encoding", "br"}})));
  EXPECT_FALSE(is_undoable_gzip(head_with({{"Content-Encoding", "gzip, br"}})));
  EXPECT_FALSE(is_undoable_gzip(head_with({{"Content-Encoding", "gzip"}, {"Content-Encoding", "gzip"}})));
  EXPECT_FALSE(
      is_undoable_gzip(head_with({{"Content-Encoding", "gzip"}, {"Cache-Control", "max-age=1, No-Transform"}})));
  EXPECT_FALSE(is_undoable_gzip(head_with({{"Content-Encoding", "gzip"}}, 206)));
}

TEST(content_coding, the_head_is_made_to_fit_the_plain_body) {
  auto head = head_with({{"Content-Encoding", "gzip"},
                         {"Content-Length", "99"},
                         {"ETag", "\"strong\""},
                         {"Accept-Ranges", "bytes"},
                         {"Content-Type", "application/json"}});
  undo_gzip(head);
  EXPECT_EQ(head.body, framing::chunked);
  EXPECT_FALSE(head.fields.contains("Content-Encoding"));
  EXPECT_FALSE(head.fields.contains("Content-Length"));
  EXPECT_FALSE(head.fields.contains("Accept-Ranges"));
  EXPECT_EQ(head.fields.find("ETag"), "W/\"strong\"");
  EXPECT_EQ(head.fields.find("Content-Type"), "application/json");

  auto weak = head_with({{"Content-Encoding", "gzip"}, {"ETag", "W/\"weak\""}});
  weak.body = framing::none;
  undo_gzip(weak);
  EXPECT_EQ(weak.fields.find("ETag"), "W/\"weak\"");
  EXPECT_EQ(weak.body, framing::none) << "an answer to HEAD stays without a body";
}

}  // namespace
}  // namespace sidecache::http
