// Credentials come from files and stay out of every message; slugs and headers can't break a request apart.
#include "replay/request_frame.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "replay/cache_outcome.hpp"
#include "replay/slugs.hpp"

namespace sidecache::replay {
namespace {

using testing::HasSubstr;
using testing::Not;

std::vector<std::string> credentials(std::string_view text) {
  std::vector<std::string> made;
  const auto read = parse_credentials(text, "keys");
  EXPECT_TRUE(read.has_value());
  if (read)
    for (const secret& each : *read) made.emplace_back(each.view());
  return made;
}

TEST(credentials_test, a_key_a_line_or_header_lines_with_empty_ones_between) {
  EXPECT_THAT(credentials("# ours\nalice\r\n\nbob\n"),
              testing::ElementsAre("x-portkey-api-key: alice\r\n", "x-portkey-api-key: bob\r\n"));
  EXPECT_THAT(credentials("Authorization: one\nx-portkey-api-key: alice\n\nAuthorization: Bearer two\ncarol"),
              testing::ElementsAre("Authorization: one\r\nx-portkey-api-key: alice\r\n",
                                   "Authorization: Bearer two\r\n", "x-portkey-api-key: carol\r\n"));
}

TEST(credentials_test, what_is_wrong_is_said_without_what_stands_there) {
  const auto read = parse_credentials("alice\nSecret Word: hidden\n", "keys");
  ASSERT_FALSE(read.has_value());
  EXPECT_THAT(read.error(), HasSubstr("keys:2: expected one API key a line"));
  EXPECT_THAT(read.error(), Not(HasSubstr("hidden")));
  EXPECT_FALSE(parse_credentials("# nobody\n", "keys").has_value());
}

TEST(header_flag_test, takes_headers_and_no_credentials) {
  EXPECT_EQ(header_line_of_flag("X-Trace:  a b ").value(), "X-Trace: a b\r\n");
  for (const auto* wrong : {"X-Trace", ": x", "X Y: z", "Content-Length: 3", "Connection: close"})
    EXPECT_FALSE(header_line_of_flag(wrong).has_value()) << wrong;
  const auto refused = header_line_of_flag("Authorization: Bearer hidden");
  ASSERT_FALSE(refused.has_value());
  EXPECT_THAT(refused.error(), HasSubstr("--credential-file"));
  EXPECT_THAT(refused.error(), Not(HasSubstr("hidden")));
}

TEST(slugs_test, are_numbered_or_listed) {
  std::string text;
  slugs::numbered("prod-%d-eu", 9).value().append(6, text);
  slugs::numbered("-%05d", 9).value().append(41, text);
  slugs::listed({"a", "b"}).value().append(1, text);
  EXPECT_EQ(text, "prod-7-eu-00042b");
  for (const auto* wrong : {"prod", "%s", "%5d", "%d%d", "a/%d", "a %d", "%d?x", "%", "%099d"})
    EXPECT_FALSE(slugs::numbered(wrong, 3).has_value()) << wrong;
  EXPECT_FALSE(slugs::listed({"a", "b/c"}).has_value());
  EXPECT_FALSE(slugs::listed({}).has_value());
}

TEST(cache_outcome_test, is_what_the_nearest_cache_says) {
  const std::pair<std::string_view, cache_outcome> said[]{
      {"sidecache; hit; ttl=12", cache_outcome::hit},
      {"sidecache; hit; ttl=-7; detail=stale-error", cache_outcome::stale},
      {"sidecache; fwd=uri-miss; fwd-status=200; stored", cache_outcome::fwd_uri_miss},
      {"sidecache; fwd=uri-miss; fwd-status=200; stored; collapsed", cache_outcome::collapsed},
      {"sidecache; fwd=bypass; detail=no-credential", cache_outcome::fwd_bypass},
      {"sidecache;fwd=stale", cache_outcome::fwd_stale},
      {"far; hit, near; fwd=miss", cache_outcome::fwd_miss},
      {R"(far; fwd=miss, near; detail="a, b; fwd=miss"; hit)", cache_outcome::hit},
      {"sidecache; fwd=unheard-of", cache_outcome::unclear},
      {"", cache_outcome::unclear}};
  for (const auto& [field, outcome] : said) EXPECT_EQ(outcome_in(field), outcome) << field;
}

}  // namespace
}  // namespace sidecache::replay
