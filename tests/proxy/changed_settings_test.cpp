// Settings that change while the proxy works: what counts at once, what from then on, and what was under way.
#include <gtest/gtest.h>

#include "proxy/gateway_world.hpp"

namespace sidecache::tests {
namespace {

/// What `with` makes of the settings, in force. Nobody else uses the core, so what was before is not kept.
template <class With>
void change(world& w, With with) {
  proxy::settings next = w.core.config();
  with(next);
  const auto before = w.core.change(next);
  EXPECT_EQ(w.core.config(), next);
  EXPECT_NE(*before, next);
}

TEST(changed_settings, a_ttl_counts_for_what_is_stored_from_then_on) {
  world w;
  w.origin.says(openai_path, openai_record);
  w.get(openai_path);
  change(w, [](auto& s) { s.freshness.ttl = 5min; });
  EXPECT_EQ(w.get(openai_path).cache_status(), "sidecache; hit; ttl=30")
      << "the hit stays a hit, and as fresh as it was";
  w.advance(31s);
  w.get(openai_path);
  EXPECT_EQ(w.get(openai_path).cache_status(), "sidecache; hit; ttl=300");
}

TEST(changed_settings, routes_too) {
  world w;
  w.origin.says(openai_path, openai_record);
  change(w, [](auto& s) {
    s.routes = {{.kind = records::kind::integration, .ident = "openai", .freshness = {.ttl = 2min}}};
  });
  w.get(openai_path);
  EXPECT_EQ(w.get(openai_path).cache_status(), "sidecache; hit; ttl=120");
}

TEST(changed_settings, what_was_asked_for_before_is_fresh_no_longer_than_both_allow) {
  for (const auto& [before, after] : {std::pair{10s, 60s}, std::pair{60s, 10s}}) {
    proxy::settings s = data_plane();
    s.freshness.ttl = before;
    s.sync.interval = 10min;  // so that it is not sync that bounds it
    gateway_world w(s);
    w.sync();
    w.origin.hold(vk_path);
    const auto first = w.start("GET", vk_path, gateway_a);
    change(w, [&](auto& next) { next.freshness.ttl = after; });
    w.origin.release(vk_path);
    w.run();
    EXPECT_EQ(first->got().status, 200U);
    EXPECT_EQ(w.lookup().cache_status(), "sidecache; hit; ttl=10") << before.count() << " -> " << after.count();
  }
}

TEST(changed_settings, and_its_answer_is_read_as_it_was_asked_for) {
  gateway_world w([] {
    proxy::settings s = data_plane();
    s.sync.interval = 10min;
    return s;
  }());
  w.sync();
  w.origin.says(vk_path, {.body = virtual_key("vk"),
                          .fields = {{"Content-Type", "application/json"},
                                     {"Cache-Control", "max-age=2"},
                                     {"CDN-Cache-Control", "max-age=60"}}});
  w.origin.hold(vk_path);
  const auto first = w.start("GET", vk_path, gateway_a);
  change(w, [](auto& next) { next.cdn_cache_control = true; });
  w.origin.release(vk_path);
  w.run();
  EXPECT_EQ(w.lookup().cache_status(), "sidecache; hit; ttl=2");
  w.advance(3s);
  w.lookup();
  EXPECT_EQ(w.lookup().cache_status(), "sidecache; hit; ttl=10");
}

TEST(changed_settings, a_smaller_cache_evicts_at_once) {
  world w;
  for (int i = 0; i < 200; ++i) {
    const std::string each = "/v1/integrations/i" + std::to_string(i);
    w.origin.says(each, record("integration", "i" + std::to_string(i), R"(,"note":")" + std::string(2000, 'x') + "\""));
    w.get(each);
    w.advance(1ms);
  }
  ASSERT_GT(w.core.figures().bytes, 200U * 1024);
  change(w, [](auto& s) { s.max_bytes = 100 * 1024; });
  EXPECT_LE(w.core.figures().bytes, 100U * 1024);
  EXPECT_EQ(w.get("/v1/integrations/i199").outcome, outcome::hit) << "the oldest went";
  EXPECT_EQ(w.get("/v1/integrations/i0").outcome, outcome::miss);
}

TEST(changed_settings, a_cool_down_counts_for_the_next_write) {
  world w;
  w.origin.says(openai_path, openai_record);
  w.origin.says("PUT " + openai_path, {.body = "{}"});
  change(w, [](auto& s) { s.cool_down = 0s; });
  w.ask("PUT", openai_path, key_a, "{}");
  w.get(openai_path);
  EXPECT_EQ(w.get(openai_path).cache_status(), "sidecache; hit; ttl=30");
}

TEST(changed_settings, a_refresh_rate_counts_at_once) {
  world w;
  w.origin.says(openai_path, openai_record);
  w.get(openai_path);
  for (int i = 0; i < 100; ++i) w.get(openai_path);
  change(w, [](auto& s) { s.refresh_rate = 0; });
  w.advance(29s + 900ms);
  w.get(openai_path);
  EXPECT_EQ(w.origin.count(openai_path), 1);
  change(w, [](auto& s) { s.refresh_rate = 50; });
  w.get(openai_path);
  EXPECT_EQ(w.origin.count(openai_path), 2);
}

http::request_head asking_for_a_new_one() {
  http::request_head head;
  head.method_name = "GET";
  head.method = http::method::get;
  head.target = openai_path;
  head.version = 11;
  head.keep_alive = true;
  for (const auto& [name, value] : key_a) head.fields.add(name, value);
  head.fields.add("Cache-Control", "no-cache");
  return head;
}

TEST(changed_settings, a_header_block_that_is_known_is_looked_at_anew_once_its_wishes_count) {
  world w;
  w.origin.says(openai_path, openai_record);
  w.get(openai_path);
  change(w, [](auto& s) { s.client_directives = false; });
  const auto known = w.handler.recognise(asking_for_a_new_one());
  ASSERT_TRUE(known);
  proxy::answer out;
  EXPECT_TRUE(w.handler.answer_known(openai_path, *known, "", {}, out));
  change(w, [](auto& s) { s.client_directives = true; });
  EXPECT_FALSE(w.handler.answer_known(openai_path, *known, "", {}, out)) << "no-cache is not answered from memory";
}

TEST(changed_settings, a_name_is_told_again_as_long_as_anybody_may_hold_what_is_older) {
  constexpr auto names_c = R"({"configsV2":[{"slug":"c","workspace_id":"w"}]})";
  proxy::settings s = data_plane();
  s.sync.heal = true;
  gateway_world w(s);
  w.sync(names_c);
  change(w, [](auto& next) { next.freshness.stale_if_error = 1min; });  // what is held already lives by the 72 h before
  w.advance(1h);
  w.origin.fails(sync_path, proxy::failure_kind::connect, false);
  w.get(sync_path, gateway_a);
  w.advance(30s);
  EXPECT_EQ(w.sync("{}").body, enveloped(names_c));
}

}  // namespace
}  // namespace sidecache::tests
