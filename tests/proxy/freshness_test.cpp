// Whose word counts for how long an answer is fresh.
#include <gtest/gtest.h>

#include "proxy/world.hpp"

namespace sidecache::tests {
namespace {

/// What Cache-Status says of the second lookup, with these fields on the answer to the first.
std::string ttl_with(proxy::settings s, header_list fields) {
  world w(std::move(s));
  fields.emplace_back("Content-Type", "application/json");
  w.origin.says(openai_path, {.body = openai_record, .fields = fields});
  w.get(openai_path);
  return w.get(openai_path).cache_status();
}
proxy::settings by(proxy::freshness_rule rule) {
  proxy::settings s;
  s.freshness.rule = rule;
  return s;
}

TEST(freshness, the_origin_narrows_what_the_settings_allow_and_widens_nothing) {
  const auto s = by(proxy::freshness_rule::shortest);
  EXPECT_EQ(ttl_with(s, {{"Cache-Control", "max-age=20"}}), "sidecache; hit; ttl=20");
  EXPECT_EQ(ttl_with(s, {{"Cache-Control", "max-age=600"}}), "sidecache; hit; ttl=30");
  EXPECT_EQ(ttl_with(s, {{"Cache-Control", "max-age=600"}, {"Age", "15"}}), "sidecache; hit; ttl=30")
      << "its age counts against what the origin gave";
  EXPECT_EQ(ttl_with(s, {{"Cache-Control", "max-age=20"}, {"Age", "15"}}), "sidecache; hit; ttl=5");
  EXPECT_EQ(ttl_with(s, {}), "sidecache; hit; ttl=30");
}

// The manual clock stands at 2023-11-14T22:13:20Z.
TEST(freshness, guesses_only_where_the_origin_decides) {
  const header_list changed_long_ago = {{"Last-Modified", "Tue, 14 Nov 2023 22:03:20 GMT"},
                                        {"Date", "Tue, 14 Nov 2023 22:13:20 GMT"}};
  EXPECT_EQ(ttl_with(by(proxy::freshness_rule::origin), changed_long_ago), "sidecache; hit; ttl=60");
  EXPECT_EQ(ttl_with(by(proxy::freshness_rule::shortest), changed_long_ago), "sidecache; hit; ttl=30");
  EXPECT_EQ(ttl_with(by(proxy::freshness_rule::settings), changed_long_ago), "sidecache; hit; ttl=30");
  const header_list changed_lately = {{"Last-Modified", "Tue, 14 Nov 2023 22:11:40 GMT"},
                                      {"Date", "Tue, 14 Nov 2023 22:13:20 GMT"}};
  EXPECT_EQ(ttl_with(by(proxy::freshness_rule::origin), changed_lately), "sidecache; hit; ttl=10");
  EXPECT_EQ(ttl_with(by(proxy::freshness_rule::shortest), changed_lately), "sidecache; hit; ttl=30");
  EXPECT_EQ(ttl_with(by(proxy::freshness_rule::origin), {{"Last-Modified", "Wed, 14 Nov 2012 22:03:20 GMT"}}),
            "sidecache; hit; ttl=86400");
  EXPECT_EQ(ttl_with(by(proxy::freshness_rule::origin), {}), "sidecache; hit; ttl=30");
  EXPECT_EQ(ttl_with(by(proxy::freshness_rule::origin), {{"Cache-Control", "max-age=7200"}}),
            "sidecache; hit; ttl=7200");
}

TEST(freshness, what_a_304_does_not_say_again_still_stands) {
  auto s = by(proxy::freshness_rule::shortest);
  s.freshness.stale_while_revalidate = 0s;
  world w(s);
  w.origin.says(openai_path, {.body = openai_record,
                              .fields = {{"Content-Type", "application/json"},
                                         {"ETag", "\"v1\""},
                                         {"Date", "Tue, 14 Nov 2023 22:13:20 GMT"},
                                         {"Cache-Control", "max-age=20"}}});
  w.get(openai_path);
  w.clock.advance(25s);
  w.origin.says(openai_path, {.status = 304, .fields = {{"ETag", "\"v1\""}}});
  EXPECT_EQ(w.get(openai_path).outcome, outcome::revalidated);
  EXPECT_EQ(w.get(openai_path).cache_status(), "sidecache; hit; ttl=20") << "of the same length again, from now on";
  w.clock.advance(25s);
  w.origin.says(openai_path, {.status = 304, .fields = {{"ETag", "\"v1\""}, {"Cache-Control", "max-age=7"}}});
  EXPECT_EQ(w.get(openai_path).outcome, outcome::revalidated);
  EXPECT_EQ(w.get(openai_path).cache_status(), "sidecache; hit; ttl=7");
}

// RFC 9111 §5.2.2.2, and a usage reset that comes before the TTL ends.
TEST(freshness, must_revalidate_holds_past_a_soft_deadline_too) {
  const std::string resets = record(
      "integration", "openai",
      R"(,"global_workspace_access_settings":{"usage_limits":[{"next_usage_reset_at":"2023-11-14T22:13:30Z"}]})");
  for (const bool must_revalidate : {false, true}) {
    world w;
    w.origin.says(openai_path,
                  {.body = resets,
                   .fields = {{"Content-Type", "application/json"},
                              {"Cache-Control", must_revalidate ? "max-age=30, must-revalidate" : "max-age=30"}}});
    w.get(openai_path);
    w.clock.advance(9s);
    EXPECT_EQ(w.get(openai_path).outcome, outcome::hit);
    w.clock.advance(2s);
    w.origin.fails(openai_path, proxy::failure_kind::connect);
    EXPECT_EQ(w.get(openai_path).status, must_revalidate ? 502U : 200U);
    header_list any_age = key_a;
    any_age.emplace_back("Cache-Control", "max-stale");
    EXPECT_EQ(w.get(openai_path, any_age).status, must_revalidate ? 502U : 200U);
  }
}

TEST(freshness, cdn_cache_control_counts_by_setting) {
  const header_list both = {{"Cache-Control", "max-age=5"}, {"CDN-Cache-Control", "max-age=20"}};
  const header_list forbidden = {{"Cache-Control", "max-age=5"}, {"CDN-Cache-Control", "no-store"}};
  const header_list garbled = {{"Cache-Control", "max-age=5"}, {"CDN-Cache-Control", "max-age=20,"}};
  auto s = by(proxy::freshness_rule::shortest);
  EXPECT_EQ(ttl_with(s, both), "sidecache; hit; ttl=5");
  EXPECT_EQ(ttl_with(s, forbidden), "sidecache; hit; ttl=5");
  s.cdn_cache_control = true;
  EXPECT_EQ(ttl_with(s, both), "sidecache; hit; ttl=20");
  EXPECT_EQ(ttl_with(s, garbled), "sidecache; hit; ttl=5");
  EXPECT_EQ(ttl_with(s, forbidden), "sidecache; fwd=uri-miss; fwd-status=200") << "not stored";
}

}  // namespace
}  // namespace sidecache::tests
