// mode: shadow. The control plane answers every lookup by a request of its own; memory lives as if it answered, and
// what it would have said is compared.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "proxy/changing.hpp"
#include "proxy/gateway_world.hpp"

namespace sidecache::tests {
namespace {

using proxy::shadow_result;
using testing::ElementsAre;
using testing::HasSubstr;

const std::string before = record("integration", "openai", R"(,"note":"old")");
const std::string after = record("integration", "openai", R"(,"note":"new")");

proxy::settings in_shadow() {
  proxy::settings s;
  s.mode = proxy::mode::shadow;
  return s;
}

struct shadow : testing::Test {
  shadow() { w.origin.says(openai_path, before); }
  proxy::shadow_report report() { return w.core.shadow().report(); }
  proxy::shadow_tally tally() { return report().routes[http::route::integrations].tally; }
  std::uint64_t count(shadow_result r) { return tally().count(r); }
  world w{in_shadow()};
};

TEST_F(shadow, each_lookup_is_answered_by_the_control_plane_and_memory_learns) {
  const auto first = w.get(openai_path);
  EXPECT_EQ(first.cache_status(), "sidecache; fwd=bypass; fwd-status=200; stored; detail=shadow");
  EXPECT_EQ(first.outcome, outcome::bypass);
  const auto second = w.get(openai_path);
  EXPECT_EQ(second.cache_status(), "sidecache; fwd=bypass; fwd-status=200; detail=shadow");
  EXPECT_EQ(second.body, before);
  EXPECT_EQ(w.origin.count(openai_path), 2);
  EXPECT_EQ(count(shadow_result::missed), 1U);
  EXPECT_EQ(count(shadow_result::agreed), 1U);
  EXPECT_EQ(tally().asked(), 2U);
  EXPECT_EQ(tally().spared, 1U);
  EXPECT_EQ(tally().spared_bytes, before.size());
  put(w, proxy::mode::on);
  EXPECT_EQ(w.get(openai_path).cache_status(), "sidecache; hit; ttl=30");
}

TEST_F(shadow, what_would_have_been_a_hit_leaves_memory_as_it_is_and_is_named_where_it_is_wrong) {
  w.get(openai_path);
  w.origin.says(openai_path, after);
  w.advance(10s);
  EXPECT_EQ(w.get(openai_path).body, after) << "the client gets the truth";
  w.get(openai_path);
  EXPECT_EQ(count(shadow_result::wrong), 2U) << "for as long as memory would have said so";
  const auto last = report().latest;
  ASSERT_EQ(last.size(), 2U);
  EXPECT_EQ(last[0].ident, "openai");
  EXPECT_EQ(last[0].how, outcome::hit);
  EXPECT_EQ(last[0].would_be, 200U);
  EXPECT_EQ(last[0].is, 200U);
  EXPECT_EQ(last[0].age, 10s);
  EXPECT_THAT(last[0].fields, ElementsAre("note"));
  w.advance(10s);
  put(w, proxy::mode::on);
  const auto hit = w.get(openai_path);
  EXPECT_EQ(hit.body, before);
  EXPECT_EQ(hit.cache_status(), "sidecache; hit; ttl=10") << "as old as it would have been";
}

TEST_F(shadow, past_its_ttl_it_is_fetched_anew_as_it_would_have_been) {
  w.get(openai_path);
  w.origin.says(openai_path, after);
  w.advance(35s);
  w.get(openai_path);
  EXPECT_EQ(count(shadow_result::wrong), 1U);
  EXPECT_EQ(report().latest.at(0).how, outcome::stale_while_revalidate);
  EXPECT_EQ(tally().spared, 0U) << "the control plane would have been asked behind the stale answer";
  w.get(openai_path);
  EXPECT_EQ(count(shadow_result::agreed), 1U);
  w.advance(60s);
  w.get(openai_path);
  EXPECT_EQ(count(shadow_result::missed), 2U);
}

TEST_F(shadow, what_only_its_use_has_moved_is_counted_apart) {
  w.origin.says(openai_path, record("integration", "openai", R"(,"reset_usage":1,"last_reset_at":null)"));
  w.get(openai_path);
  w.origin.says(openai_path,
                record("integration", "openai", R"(,"reset_usage":2,"last_reset_at":"2026-01-01T00:00:00Z")"));
  w.get(openai_path);
  EXPECT_EQ(count(shadow_result::moved), 1U);
  EXPECT_TRUE(report().latest.empty());
}

TEST_F(shadow, what_a_write_overtook_is_not_called_wrong) {
  w.get(openai_path);
  w.origin.says("PUT " + openai_path, "{}");
  w.origin.hold(openai_path);
  const auto reader = w.start("GET", openai_path);
  w.ask("PUT", openai_path, key_a, "{}");
  w.origin.says(openai_path, after);
  w.origin.release(openai_path);
  w.run();
  EXPECT_EQ(reader->got().body, after);
  EXPECT_EQ(count(shadow_result::overtaken), 1U);
  w.get(openai_path);
  EXPECT_EQ(count(shadow_result::missed), 2U) << "the write dropped it";
}

TEST_F(shadow, nor_what_a_write_has_changed_already_that_is_not_answered_yet) {
  w.get(openai_path);
  const std::string write = "PUT " + openai_path;
  w.origin.says(write, "{}");
  w.origin.hold(write);
  const auto writer = w.start("PUT", openai_path, key_a, "{}");
  w.origin.says(openai_path, after);
  w.get(openai_path);
  EXPECT_EQ(count(shadow_result::overtaken), 1U);
  w.origin.release(write);
  w.run();
  EXPECT_TRUE(writer->done());
  EXPECT_EQ(count(shadow_result::wrong), 0U);
}

TEST_F(shadow, a_write_that_was_refused_excuses_nothing_later) {
  w.get(openai_path);
  w.origin.says("PUT " + openai_path, {.status = 403, .body = "{}"});
  w.ask("PUT", openai_path, key_a, "{}");
  w.origin.says(openai_path, after);
  w.get(openai_path);
  EXPECT_EQ(count(shadow_result::wrong), 1U);
}

TEST_F(shadow, where_the_control_plane_fails_memory_would_have_stood_in) {
  w.get(openai_path);
  w.origin.fails(openai_path, proxy::failure_kind::timeout);
  EXPECT_EQ(w.get(openai_path).status, 504U) << "the client sees the outage";
  w.advance(60s);
  EXPECT_EQ(w.get(openai_path).status, 504U);
  w.origin.says(openai_path, {.status = 503, .body = "{}"});
  const auto failed = w.get(openai_path);
  EXPECT_EQ(failed.status, 503U);
  EXPECT_EQ(failed.outcome, outcome::error);
  EXPECT_EQ(count(shadow_result::stood_in), 3U);
  w.origin.fails("/v1/integrations/never", proxy::failure_kind::connect, false);
  EXPECT_EQ(w.get("/v1/integrations/never").status, 502U);
  EXPECT_EQ(count(shadow_result::missed), 2U);
}

TEST_F(shadow, a_denial_that_memory_does_not_know_of_is_wrong_until_it_would_have_asked) {
  w.get(openai_path);
  w.origin.says(openai_path, {.status = 404, .body = "{}"});
  EXPECT_EQ(w.get(openai_path).status, 404U);
  EXPECT_EQ(w.get(openai_path).status, 404U);
  EXPECT_EQ(count(shadow_result::wrong), 2U);
  EXPECT_EQ(report().latest.at(0).is, 404U);
  EXPECT_THAT(report().latest.at(0).fields, ElementsAre());
  w.advance(60s);
  w.get(openai_path);
  w.origin.says(openai_path, {.status = 404, .body = R"({"id":"of this request"})"});
  w.get(openai_path);
  EXPECT_EQ(count(shadow_result::agreed), 1U) << "a denial's text may name its request";
  w.origin.says(openai_path, before);
  w.get(openai_path);
  EXPECT_EQ(report().latest.at(0).how, outcome::negative_hit);
}

TEST_F(shadow, each_asks_for_itself_and_one_of_them_is_stored) {
  w.origin.hold(openai_path);
  const auto first = w.start("GET", openai_path);
  const auto second = w.start("GET", openai_path);
  EXPECT_EQ(w.origin.count(openai_path), 2);
  w.origin.release(openai_path);
  w.run();
  EXPECT_THAT(first->got().cache_status(), HasSubstr("stored"));
  EXPECT_THAT(second->got().cache_status(), testing::Not(HasSubstr("stored")));
  EXPECT_EQ(second->got().body, before);
  EXPECT_EQ(count(shadow_result::missed), 1U);
  EXPECT_EQ(count(shadow_result::shared), 1U);
  EXPECT_EQ(tally().spared, 1U);
}

TEST_F(shadow, a_slow_control_plane_is_one_that_memory_would_have_stood_before) {
  w.get(openai_path);
  w.advance(60s);
  w.origin.says(openai_path, after);
  w.origin.hold(openai_path);
  const auto client = w.start("GET", openai_path);
  w.advance(600ms);
  EXPECT_FALSE(client->done()) << "nothing stands in for it";
  w.origin.release(openai_path);
  w.run();
  EXPECT_EQ(client->got().body, after);
  EXPECT_EQ(count(shadow_result::wrong), 1U) << "after stale_after the stale record would have been given";
  EXPECT_EQ(report().latest.at(0).how, outcome::stale_error);
  EXPECT_EQ(tally().waited, 600ms);
}

TEST_F(shadow, a_fetch_of_one_s_own_cannot_bring_back_what_a_write_overwrote) {
  w.origin.says("PUT " + openai_path, "{}");
  w.origin.hold(openai_path);
  const auto first = w.start("GET", openai_path);
  const auto second = w.start("GET", openai_path);
  w.ask("PUT", openai_path, key_a, "{}");
  w.origin.release(openai_path);  // both with the old record
  w.run();
  put(w, proxy::mode::on);
  w.origin.says(openai_path, after);
  EXPECT_EQ(w.get(openai_path).body, after);
}

TEST_F(shadow, a_credential_that_is_paused_is_asked_for_and_would_not_have_been) {
  w.origin.says(openai_path, {.status = 429, .body = "{}", .fields = {{"Retry-After", "30"}}});
  w.get(openai_path);
  w.origin.says(openai_path, before);
  EXPECT_EQ(w.get(openai_path).body, before);
  EXPECT_EQ(w.core.figures().items[0], 0U) << "on would not have asked";
  EXPECT_EQ(count(shadow_result::missed), 2U);
}

TEST_F(shadow, who_said_no_store_leaves_nothing_and_who_said_no_cache_asks_as_ever) {
  w.get(openai_path, {{"x-portkey-api-key", "key-a"}, {"Cache-Control", "no-store"}});
  EXPECT_EQ(w.core.figures().items[0], 0U);
  w.get(openai_path);
  w.origin.says(openai_path, after);
  w.get(openai_path, {{"x-portkey-api-key", "key-a"}, {"Cache-Control", "no-cache"}});
  EXPECT_EQ(count(shadow_result::missed), 3U);
  w.get(openai_path);
  EXPECT_EQ(count(shadow_result::agreed), 1U) << "what it asked for is stored";
}

TEST_F(shadow, what_is_too_large_to_store_passes) {
  w.origin.says(openai_path, std::string((1U << 20U) + 1, 'x'));
  w.origin.says("GET " + openai_path, "all of it");
  EXPECT_EQ(w.get(openai_path).body, "all of it");
  EXPECT_EQ(w.get(openai_path).cache_status(), "sidecache; fwd=bypass; fwd-status=200; detail=not-storable");
  EXPECT_EQ(w.origin.count(openai_path), 1);
}

TEST_F(shadow, a_304_to_memory_s_validator_agrees_with_memory) {
  w.origin.says(openai_path, {.body = before, .fields = {{"Content-Type", "application/json"}, {"ETag", "\"1\""}}});
  w.get(openai_path);
  w.advance(35s);
  w.origin.says(openai_path, {.status = 304, .fields = {{"ETag", "\"1\""}}});
  const auto got = w.get(openai_path);
  EXPECT_EQ(w.origin.last().fields.find("if-none-match"), "\"1\"");
  EXPECT_EQ(got.status, 200U);
  EXPECT_EQ(got.body, before);
  EXPECT_EQ(got.cache_status(), "sidecache; fwd=bypass; fwd-status=304; stored; detail=shadow");
  EXPECT_EQ(count(shadow_result::agreed), 1U);
}

TEST_F(shadow, who_has_a_copy_and_asks_whether_it_still_holds_is_compared_by_the_record) {
  const auto tag = std::string(w.get(openai_path).fields.find("etag").value_or(""));
  const header_list conditional{{"x-portkey-api-key", "key-a"}, {"If-None-Match", tag}};
  w.get(openai_path, conditional);
  w.origin.says(openai_path, after);
  EXPECT_EQ(w.get(openai_path, conditional).body, after);
  EXPECT_EQ(count(shadow_result::agreed), 1U);
  EXPECT_EQ(count(shadow_result::wrong), 1U) << "a 304 for what has changed";
}

TEST_F(shadow, a_drill_is_an_outage_here_too) {
  w.get(openai_path);
  w.core.drill().begin(w.clock.now().mono, 5min);
  EXPECT_EQ(w.get(openai_path).status, 503U);
  EXPECT_EQ(count(shadow_result::stood_in), 1U);
  EXPECT_EQ(w.origin.count(openai_path), 1);
  put(w, proxy::mode::bypass);
  EXPECT_EQ(w.get(openai_path).status, 503U);
}

TEST_F(shadow, head_is_answered_by_the_control_plane_as_well) {
  w.get(openai_path);
  EXPECT_EQ(w.ask("HEAD", openai_path).status, 200U);
  EXPECT_EQ(w.origin.count(openai_path), 2);
  EXPECT_EQ(count(shadow_result::agreed), 1U);
}

TEST_F(shadow, a_fetch_that_dies_is_an_error_of_that_client) {
  w.origin.says(openai_path, {.dies = true});
  EXPECT_EQ(w.get(openai_path).status, 502U);
  w.origin.says(openai_path, before);
  EXPECT_EQ(w.get(openai_path).status, 200U);
}

TEST_F(shadow, another_credential_s_record_is_not_memory_s_answer) {
  w.get(openai_path);
  w.get(openai_path, key_b);
  EXPECT_EQ(count(shadow_result::missed), 2U);
}

TEST_F(shadow, the_report_begins_anew_when_it_is_put_on_and_the_counters_go_on) {
  w.get(openai_path);
  w.origin.says(openai_path, after);
  w.get(openai_path);
  put(w, proxy::mode::on);
  w.get(openai_path);
  EXPECT_EQ(tally().asked(), 2U) << "the last run stays to be read";
  w.advance(5s);
  put(w, proxy::mode::shadow);
  EXPECT_EQ(tally().asked(), 0U);
  EXPECT_TRUE(report().latest.empty());
  EXPECT_EQ(report().since, w.clock.now().wall);
  w.get(openai_path);
  EXPECT_EQ(w.core.shadow().totals().at(http::route::integrations).asked(), 3U);
}

TEST_F(shadow, so_many_differences_are_kept_and_no_more) {
  w.get(openai_path);
  w.origin.says(openai_path, after);
  for (std::size_t i = 0; i < proxy::shadow_book::most_differences + 5; ++i) w.get(openai_path);
  EXPECT_EQ(report().latest.size(), proxy::shadow_book::most_differences);
}

struct gateways_in_shadow : testing::Test {
  static proxy::settings of_data_plane() {
    proxy::settings s = data_plane();
    s.mode = proxy::mode::shadow;
    return s;
  }
  proxy::shadow_tally tally() { return w.core.shadow().report().routes[http::route::virtual_keys].tally; }
  gateway_world w{of_data_plane()};
};

TEST_F(gateways_in_shadow, what_sync_has_named_in_between_is_overtaken) {
  w.sync();
  w.lookup();
  w.origin.hold(vk_path);
  const auto gateway = w.start("GET", vk_path, gateway_a);
  w.sync(R"({"virtualKeysV2":[{"slug":"vk","workspace_id":"ws"}]})");
  w.origin.says(vk_path, virtual_key("vk", R"(,"note":"new")"));
  w.origin.release(vk_path);
  w.run();
  EXPECT_EQ(gateway->got().body, virtual_key("vk", R"(,"note":"new")"));
  EXPECT_EQ(tally().count(shadow_result::overtaken), 1U);
}

TEST_F(gateways_in_shadow, a_provider_s_key_that_differs_is_named_and_not_shown) {
  w.sync();
  w.origin.says(vk_path, virtual_key("vk", R"(,"key":"s3cret")"));
  w.lookup();
  w.origin.says(vk_path, virtual_key("vk", R"(,"key":"0ther")"));
  w.lookup();
  EXPECT_THAT(w.core.shadow().report().latest.at(0).fields, ElementsAre("data.key"));
}

TEST_F(gateways_in_shadow, nothing_was_served_stale_so_no_gateway_need_be_told) {
  w.sync();
  w.lookup();
  w.advance(1min);
  w.origin.fails(vk_path, proxy::failure_kind::connect, false);
  EXPECT_EQ(w.lookup().status, 502U);
  EXPECT_EQ(tally().count(shadow_result::stood_in), 1U);
  EXPECT_EQ(w.core.all_planes().stale.look(w.clock.now().mono).waiting, 0U);
}

TEST(shadow_settings, where_it_was_never_on_there_is_no_report) {
  world w;
  EXPECT_FALSE(w.core.shadow().report().since);
}

TEST(differing_fields, are_named_and_never_shown) {
  using proxy::differing_fields;
  EXPECT_THAT(differing_fields(R"({"a":1,"b":2})", R"({"b":2, "a":1})"), ElementsAre()) << "the same, as JSON";
  EXPECT_THAT(differing_fields(R"({"a":1,"b":2})", R"({"a":2,"c":3})"), ElementsAre("a", "b", "c"));
  EXPECT_THAT(differing_fields(R"({"success":true,"data":{"key":"s3cret","status":"active"}})",
                               R"({"success":true,"data":{"key":"0ther","status":"active"}})"),
              ElementsAre("data.key"));
  EXPECT_THAT(differing_fields(R"({"data":[1]})", R"({"data":[2]})"), ElementsAre("data"));
  EXPECT_THAT(differing_fields("[]", "{}"), ElementsAre("")) << "no object";
  EXPECT_THAT(differing_fields("<html>", "{}"), ElementsAre(""));
  std::string many = "{";
  for (int i = 0; i < 40; ++i) many.append(i == 0 ? "" : ",").append("\"f" + std::to_string(i) + "\":1");
  EXPECT_EQ(differing_fields(many + "}", "{}").size(), proxy::most_named_fields);
}

}  // namespace
}  // namespace sidecache::tests
