// What clients ask of the cache by their own headers: conditionals, and Cache-Control of requests.
#include <gtest/gtest.h>

#include "proxy/world.hpp"

namespace sidecache::tests {
namespace {

const std::string newer = record("integration", "openai", R"(,"name":"newer")");

header_list with(std::string name, std::string value) {
  header_list fields = key_a;
  fields.emplace_back(std::move(name), std::move(value));
  return fields;
}
header_list asking(std::string directives) { return with("Cache-Control", std::move(directives)); }

// --- conditionals

TEST(conditional_lookup, a_record_without_an_etag_gets_a_strong_one_over_its_bytes) {
  world w;
  w.origin.says(openai_path, openai_record);
  const auto first = w.get(openai_path);
  const auto tag = std::string(first.fields.find("etag").value_or(""));
  EXPECT_TRUE(tag.starts_with('"') && tag.size() == 34) << tag;
  EXPECT_EQ(w.get(openai_path).fields.find("etag"), tag);
  w.clock.advance(120s);
  w.origin.says(openai_path, newer);
  EXPECT_NE(w.get(openai_path).fields.find("etag"), tag);
}

TEST(conditional_lookup, who_has_the_bytes_gets_a_304_without_them) {
  world w;
  w.origin.says(openai_path, openai_record);
  const auto tag = std::string(w.get(openai_path).fields.find("etag").value_or(""));
  for (const auto& list : {tag, "W/" + tag, "\"other\", " + tag, std::string("*")}) {
    const auto again = w.get(openai_path, with("If-None-Match", list));
    EXPECT_EQ(again.status, 304U) << list;
    EXPECT_EQ(again.body, "");
    EXPECT_EQ(again.outcome, outcome::hit);
    EXPECT_EQ(again.fields.find("etag"), tag);
    EXPECT_EQ(again.fields.count("content-type"), 0U);
    EXPECT_EQ(again.cache_status(), "sidecache; hit; ttl=30");
  }
  for (const auto* other : {"\"other\"", "", "garbage", "\"unclosed"})
    EXPECT_EQ(w.get(openai_path, with("If-None-Match", other)).status, 200U) << other;
  EXPECT_EQ(w.origin.count(openai_path), 1);
}

TEST(conditional_lookup, a_304_keeps_what_tells_caches_what_they_may_do) {
  world w;
  w.origin.says(openai_path, {.body = openai_record,
                              .fields = {{"Content-Type", "application/json"},
                                         {"ETag", "W/\"v1\""},
                                         {"Cache-Control", "max-age=20"},
                                         {"Last-Modified", "Sat, 01 Jan 2022 00:00:00 GMT"}}});
  w.get(openai_path);
  const auto again = w.get(openai_path, with("If-None-Match", "\"v1\""));
  EXPECT_EQ(again.status, 304U);
  EXPECT_EQ(again.fields.find("cache-control"), "max-age=20");
  EXPECT_EQ(again.fields.find("etag"), "W/\"v1\"") << "the origin's own tag stays";
  EXPECT_EQ(w.get(openai_path, with("If-Modified-Since", "Sun, 02 Jan 2022 00:00:00 GMT")).status, 304U);
  EXPECT_EQ(w.get(openai_path, with("If-Modified-Since", "Fri, 31 Dec 2021 00:00:00 GMT")).status, 200U);
}

TEST(conditional_lookup, is_answered_from_what_is_fetched_for_it_too) {
  world w;
  w.origin.says(openai_path, openai_record);
  const auto tag = std::string(w.get(openai_path).fields.find("etag").value_or(""));
  w.clock.advance(120s);
  const auto again = w.get(openai_path, with("If-None-Match", tag));
  EXPECT_EQ(again.status, 304U);
  EXPECT_EQ(again.outcome, outcome::miss);
  EXPECT_EQ(w.origin.last().fields.count("if-none-match"), 0U) << "our own tag means nothing to the origin";
}

TEST(conditional_lookup, is_made_upstream_by_the_origins_validators_alone) {
  world w;
  w.origin.says(openai_path,
                {.body = openai_record,
                 .fields = {{"Content-Type", "application/json"}, {"Last-Modified", "Sat, 01 Jan 2022 00:00:00 GMT"}}});
  const auto tag = std::string(w.get(openai_path).fields.find("etag").value_or(""));
  w.clock.advance(120s);
  w.origin.says(openai_path,
                {.status = 304, .body = "", .fields = {{"Last-Modified", "Sat, 01 Jan 2022 00:00:00 GMT"}}});
  const auto again = w.get(openai_path);
  EXPECT_EQ(w.origin.last().fields.count("if-none-match"), 0U);
  EXPECT_EQ(w.origin.last().fields.find("if-modified-since"), "Sat, 01 Jan 2022 00:00:00 GMT");
  EXPECT_EQ(again.outcome, outcome::revalidated);
  EXPECT_EQ(again.body, openai_record);
  EXPECT_EQ(again.fields.find("etag"), tag) << "the bytes are the same, and so is our tag";
  w.clock.advance(120s);
  w.get(openai_path);
  EXPECT_EQ(w.origin.last().fields.count("if-none-match"), 0U) << "it does not become the origin's by being kept";
}

TEST(conditional_lookup, an_error_is_never_a_304) {
  world w;
  EXPECT_EQ(w.get(openai_path, with("If-None-Match", "*")).status, 404U);
  EXPECT_EQ(w.get(openai_path, with("If-None-Match", "*")).status, 404U) << "nor a remembered one";
  w.origin.fails(openai_path, proxy::failure_kind::connect);
  w.clock.advance(120s);
  EXPECT_EQ(w.get(openai_path, with("If-None-Match", "*")).status, 502U);
}

TEST(conditional_lookup, head_is_answered_from_a_gets_entry_and_range_by_the_whole) {
  world w;
  w.origin.says(openai_path, openai_record);
  w.get(openai_path);
  const auto head = w.ask("HEAD", openai_path);
  EXPECT_EQ(head.outcome, outcome::hit);
  EXPECT_EQ(head.body, "");
  const auto whole = w.get(openai_path, with("Range", "bytes=0-3"));
  EXPECT_EQ(whole.status, 200U);
  EXPECT_EQ(whole.body, openai_record);
}

// --- directives

TEST(client_directives, no_cache_is_answered_by_a_flight_of_its_own) {
  world w;
  w.origin.says(openai_path, openai_record);
  w.get(openai_path);
  w.origin.says(openai_path, newer);
  const auto forced = w.get(openai_path, asking("no-cache"));
  EXPECT_EQ(forced.body, newer);
  EXPECT_EQ(forced.cache_status(), "sidecache; fwd=request; fwd-status=200; stored");
  EXPECT_EQ(w.get(openai_path).body, newer);
}

TEST(client_directives, a_key_is_revalidated_for_clients_once_an_interval) {
  world w;
  w.origin.says(openai_path, openai_record);
  w.get(openai_path);
  for (int i = 0; i < 5; ++i) w.get(openai_path, asking("no-cache"));
  EXPECT_EQ(w.origin.count(openai_path), 2);
  const auto limited = w.get(openai_path, with("Pragma", "no-cache"));
  EXPECT_EQ(limited.outcome, outcome::hit);
  EXPECT_EQ(limited.cache_status(), "sidecache; hit; ttl=30; detail=revalidation-limited");
  w.clock.advance(1s);
  w.get(openai_path, asking("no-cache"));
  EXPECT_EQ(w.origin.count(openai_path), 3);
}

TEST(client_directives, no_cache_does_not_join_what_was_asked_before_it) {
  world w;
  w.origin.says(openai_path, openai_record);
  w.origin.hold(openai_path);
  const auto first = w.start("GET", openai_path);
  const auto forced = w.start("GET", openai_path, asking("no-cache"));
  const auto second = w.start("GET", openai_path, asking("no-cache"));
  EXPECT_EQ(w.origin.count(openai_path), 1) << "two flights of a key at once are one too many";
  w.origin.release(openai_path);
  w.origin.hold(openai_path);
  w.run();
  EXPECT_EQ(first->got().body, openai_record);
  w.origin.says(openai_path, newer);
  w.origin.release(openai_path);
  w.run();
  EXPECT_EQ(forced->got().body, newer);
  EXPECT_EQ(second->got().body, newer) << "but both share the one that began after them";
  EXPECT_EQ(w.origin.count(openai_path), 2);
}

TEST(client_directives, however_many_waited_for_an_older_flight_the_interval_holds) {
  world w;
  w.origin.says(openai_path, openai_record);
  w.origin.hold(openai_path);
  w.start("GET", openai_path);
  std::vector<std::shared_ptr<conversation>> waiting;
  for (int i = 0; i < 5; ++i) waiting.push_back(w.start("GET", openai_path, asking("no-cache")));
  w.origin.release(openai_path);
  w.run();  // the newer flight is over before the second of them goes on
  for (const auto& each : waiting) EXPECT_EQ(each->got().status, 200U);
  EXPECT_EQ(w.origin.count(openai_path), 2);
}

TEST(client_directives, max_age_and_min_fresh_bound_what_is_good_enough) {
  world w;
  w.origin.says(openai_path, openai_record);
  w.get(openai_path);
  w.clock.advance(10s);
  EXPECT_EQ(w.get(openai_path, asking("max-age=10")).outcome, outcome::hit);
  EXPECT_EQ(w.get(openai_path, asking("min-fresh=20")).outcome, outcome::hit);
  EXPECT_EQ(w.get(openai_path, asking("max-age=9")).outcome, outcome::miss);
  w.clock.advance(10s);
  EXPECT_EQ(w.get(openai_path, asking("min-fresh=21")).outcome, outcome::miss);
  w.clock.advance(31s);  // stale by a second
  EXPECT_EQ(w.get(openai_path, asking("max-age=60")).outcome, outcome::miss) << "max-age alone takes nothing stale";
}

TEST(client_directives, what_an_older_flight_brought_may_be_good_enough) {
  world w;
  w.origin.says(openai_path, openai_record);
  w.get(openai_path);
  w.clock.advance(31s);
  w.origin.hold(openai_path);
  EXPECT_EQ(w.get(openai_path).outcome, outcome::stale_while_revalidate);
  const auto waiting = w.start("GET", openai_path, asking("min-fresh=1"));
  w.origin.release(openai_path);
  w.run();
  EXPECT_EQ(waiting->got().cache_status(), "sidecache; hit; ttl=30");
  EXPECT_EQ(w.origin.count(openai_path), 2);
}

TEST(client_directives, max_stale_takes_what_would_be_fetched_first) {
  proxy::settings s;
  s.freshness.stale_while_revalidate = 0s;
  world w(s);
  w.origin.says(openai_path, openai_record);
  w.get(openai_path);
  w.clock.advance(40s);  // stale by ten seconds
  w.origin.hold(openai_path);
  const auto taken = w.get(openai_path, asking("max-stale=10"));
  EXPECT_EQ(taken.cache_status(), "sidecache; hit; ttl=-10; detail=max-stale");
  EXPECT_EQ(w.origin.count(openai_path), 2) << "it is fetched anew all the same";
  EXPECT_EQ(w.get(openai_path, asking("max-stale")).status, 200U);
  const auto waiting = w.start("GET", openai_path, asking("max-stale=9"));
  EXPECT_FALSE(waiting->done());
  w.origin.release(openai_path);
  w.run();
  EXPECT_EQ(waiting->got().outcome, outcome::collapsed);
}

TEST(client_directives, max_stale_reaches_neither_past_a_hard_deadline_nor_behind_a_lock) {
  world w;
  w.origin.says(openai_path,
                record("integration", "openai", R"(,"expires_at":"2023-11-14T22:14:20Z")"));  // in a minute
  w.get(openai_path);
  w.clock.advance(61s);
  w.origin.fails(openai_path, proxy::failure_kind::connect);
  EXPECT_EQ(w.get(openai_path, asking("max-stale")).status, 502U);
}

TEST(client_directives, only_if_cached_never_asks) {
  world w;
  w.origin.says(openai_path, openai_record);
  const auto nothing = w.get(openai_path, asking("only-if-cached"));
  EXPECT_EQ(nothing.status, 504U);
  EXPECT_EQ(nothing.outcome, outcome::rejected);
  w.get(openai_path);
  EXPECT_EQ(w.get(openai_path, asking("only-if-cached")).outcome, outcome::hit);
  EXPECT_EQ(w.get(openai_path, asking("only-if-cached, no-cache")).status, 504U);
  EXPECT_EQ(w.origin.count(openai_path), 1);
}

TEST(client_directives, what_is_fetched_for_no_store_is_not_kept) {
  world w;
  w.origin.says(openai_path, openai_record);
  EXPECT_EQ(w.get(openai_path, asking("no-store")).cache_status(), "sidecache; fwd=uri-miss; fwd-status=200");
  EXPECT_EQ(w.get(openai_path).outcome, outcome::miss);
  EXPECT_EQ(w.get(openai_path, asking("no-store")).outcome, outcome::hit) << "what is there already may be used";
  w.clock.advance(35s);
  EXPECT_EQ(w.get(openai_path, asking("no-store")).outcome, outcome::stale_while_revalidate);
  EXPECT_EQ(w.get(openai_path).outcome, outcome::hit) << "the refresh in the background is nobody's answer";
}

TEST(client_directives, stale_if_error_narrows_what_stands_in) {
  world w;
  w.origin.says(openai_path, openai_record);
  w.get(openai_path);
  w.clock.advance(130s);  // stale by a hundred
  w.origin.fails(openai_path, proxy::failure_kind::connect);
  EXPECT_EQ(w.get(openai_path, asking("stale-if-error=99")).status, 502U);
  EXPECT_EQ(w.get(openai_path, asking("stale-if-error=100")).outcome, outcome::stale_error);
}

TEST(client_directives, a_confirmed_answer_that_does_not_come_is_replaced_by_what_is_there) {
  world w;
  w.origin.says(openai_path, openai_record);
  w.get(openai_path);
  w.origin.fails(openai_path, proxy::failure_kind::connect);
  const auto forced = w.get(openai_path, asking("no-cache"));
  EXPECT_EQ(forced.status, 200U);
  EXPECT_EQ(forced.outcome, outcome::hit);
}

TEST(client_directives, a_setting_ignores_them_and_conditionals_stay) {
  proxy::settings s;
  s.client_directives = false;
  world w(s);
  w.origin.says(openai_path, openai_record);
  const auto tag = std::string(w.get(openai_path).fields.find("etag").value_or(""));
  for (const auto* directives : {"no-cache", "max-age=0", "min-fresh=1000", "no-store"})
    EXPECT_EQ(w.get(openai_path, asking(directives)).outcome, outcome::hit) << directives;
  EXPECT_EQ(w.get(openai_path, with("If-None-Match", tag)).status, 304U);
  EXPECT_EQ(w.origin.count(openai_path), 1);
}

}  // namespace
}  // namespace sidecache::tests
