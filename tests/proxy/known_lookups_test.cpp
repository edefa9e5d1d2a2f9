// What is answered by a header block alone: what the whole request would have got, or nothing.
#include <gtest/gtest.h>

#include "proxy/cache_status.hpp"
#include "proxy/world.hpp"

namespace sidecache::tests {
namespace {

http::request_head head(const header_list& fields = key_a, const std::string& of = openai_path) {
  http::request_head made;
  made.method = http::method::get;
  made.method_name = "GET";
  made.target = of;
  for (const auto& [name, value] : fields) made.fields.add(name, value);
  return made;
}

header_list with_one(const std::string& name, const std::string& value) {
  header_list fields = key_a;
  fields.emplace_back(name, value);
  return fields;
}

/// Nothing: it takes more than the block.
std::optional<proxy::answer> by_block(world& w, const http::request_head& request) {
  const auto known = w.handler.recognise(request);
  proxy::answer made;
  if (!known ||
      !w.handler.answer_known(request.target, *known, request.fields.find("if-none-match").value_or(""), {}, made))
    return std::nullopt;
  return made;
}

std::string text(const proxy::answer& what) {
  return std::string(what.head).append(what.fields).append(what.extra.view()).append("\r\n").append(what.body);
}

void expect_the_same(world& w, const http::request_head& request) {
  const auto quick = by_block(w, request);
  const auto whole = w.handler.answer_now(request, nullptr);
  ASSERT_TRUE(quick && whole);
  EXPECT_EQ(text(*quick), text(*whole));
  EXPECT_EQ(quick->status, whole->status);
  EXPECT_EQ(quick->report.outcome, whole->report.outcome);
  EXPECT_EQ(quick->report.route, whole->report.route);
  EXPECT_EQ(quick->dated, whole->dated);
}

struct known_lookups : testing::Test {
  known_lookups() {
    w.origin.says(openai_path,
                  {.body = openai_record, .fields = {{"Content-Type", "application/json"}, {"ETag", "\"1\""}}});
    w.get(openai_path);
  }
  world w;
};

TEST_F(known_lookups, a_hit_is_the_one_that_the_whole_request_gets) {
  expect_the_same(w, head());
  w.clock.advance(7s);
  expect_the_same(w, head());
}

TEST_F(known_lookups, so_is_a_remembered_404) {
  w.origin.says("/v1/providers/none", {.status = 404, .body = R"({"message":"no"})"});
  w.get("/v1/providers/none");
  expect_the_same(w, head(key_a, "/v1/providers/none"));
}

TEST_F(known_lookups, entity_tags_are_compared) {
  for (const char* const tags : {R"("1")", R"(W/"1")", "*", R"("2", "1")", R"("2",W/"1" ,)", R"("1" , "2")"}) {
    expect_the_same(w, head(with_one("If-None-Match", tags)));
    EXPECT_EQ(by_block(w, head(with_one("If-None-Match", tags)))->status, 304U) << tags;
  }
  for (const char* const tags :
       {R"("2")", R"(W/"2")", R"("2", "3")", R"("*")", R"(*, "1")", R"("2" "1")", "1", "\"", "W/1"}) {
    expect_the_same(w, head(with_one("If-None-Match", tags)));
    EXPECT_EQ(by_block(w, head(with_one("If-None-Match", tags)))->status, 200U) << tags;
  }
}

TEST_F(known_lookups, a_404_has_no_tag_to_be_confirmed) {
  w.origin.says("/v1/providers/none",
                {.status = 404, .body = "{}", .fields = {{"Content-Type", "application/json"}, {"ETag", "\"1\""}}});
  w.get("/v1/providers/none");
  expect_the_same(w, head(with_one("If-None-Match", "\"1\""), "/v1/providers/none"));
}

// Promise 1.
TEST_F(known_lookups, nobody_gets_what_another_credential_or_variant_was_given) {
  EXPECT_FALSE(by_block(w, head(key_b)));
  EXPECT_FALSE(by_block(w, head({{"authorization", "key-a"}})));
  EXPECT_FALSE(by_block(w, head(with_one("authorization", "x"))));
  EXPECT_FALSE(by_block(w, head(with_one("x-portkey-workspace", "another"))));
  EXPECT_TRUE(by_block(w, head(with_one("x-portkey-trace-id", "t"))));
}

TEST_F(known_lookups, another_target_is_another_record) {
  for (const char* const other : {"/v1/integrations/openai/", "/v1/integrations/openai?x=1", "/v2/integrations/openai",
                                  "/v1/integrations/openaI", "/v1/integrations/", "/"})
    EXPECT_FALSE(by_block(w, head(key_a, other))) << other;
  // A 401 that stands beside the record that it locks.
  EXPECT_FALSE(by_block(w, head(key_a, openai_path + std::string("\0denied", 7))));
}

TEST_F(known_lookups, what_asks_for_more_than_a_stored_answer_is_looked_at_by_itself) {
  for (const auto& [name, value] : header_list{{"Cache-Control", "no-cache"},
                                               {"Cache-Control", "max-age=100"},
                                               {"Cache-Control", "only-if-cached"},
                                               {"Pragma", "no-cache"},
                                               {"Cookie", "a=b"},
                                               {"If-Modified-Since", "Sun, 06 Nov 1994 08:49:37 GMT"},
                                               {"x-portkey-api-key", "key-b"},
                                               {"Via", "1.1 " + w.core.pseudonym()}})
    EXPECT_FALSE(w.handler.recognise(head(with_one(name, value)))) << name << ": " << value;
  EXPECT_FALSE(w.handler.recognise(head({}))) << "nobody";
  const auto unlike = [](auto change) {
    auto request = head();
    change(request);
    return request;
  };
  EXPECT_FALSE(w.handler.recognise(unlike([](auto& r) { r.method = http::method::head; })));
  EXPECT_FALSE(w.handler.recognise(unlike([](auto& r) { r.version = 10; })));
  EXPECT_FALSE(w.handler.recognise(unlike([](auto& r) { r.keep_alive = false; })));
  EXPECT_FALSE(w.handler.recognise(unlike([](auto& r) { r.body = http::framing::length; })));
  EXPECT_FALSE(w.handler.recognise(unlike([](auto& r) { r.expect_continue = true; })));
  EXPECT_TRUE(w.handler.recognise(head(with_one("Cache-Control", "no-transform"))));
}

TEST_F(known_lookups, what_is_stale_or_dropped_takes_more) {
  w.clock.advance(29s);
  EXPECT_TRUE(by_block(w, head()));
  w.clock.advance(1s);
  EXPECT_FALSE(by_block(w, head())) << "stale-while-revalidate has a fetch to begin";
  w.get(openai_path);
  EXPECT_TRUE(by_block(w, head()));
  w.origin.says("PUT " + openai_path, {.body = "{}"});
  w.ask("PUT", openai_path);
  EXPECT_FALSE(by_block(w, head()));
}

TEST_F(known_lookups, what_is_to_be_fetched_ahead_takes_more_and_counts_once) {
  w.clock.advance(29s);
  for (int i = 0; i < 8; ++i) EXPECT_TRUE(by_block(w, head(with_one("If-None-Match", R"("2", "1")")))) << i;
  EXPECT_TRUE(by_block(w, head())) << "its ninth use";
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(by_block(w, head())) << "asked for and not answered";
  EXPECT_EQ(w.origin.count(openai_path), 1);
  EXPECT_EQ(w.get(openai_path).outcome, outcome::hit);
  EXPECT_EQ(w.origin.count(openai_path), 2);
}

TEST_F(known_lookups, a_succeeded_process_answers_nothing_from_memory) {
  const auto page = std::make_shared<proxy::tenure_page>();
  world old({}, proxy::tenure(page, 0));
  proxy::tenure newer(page, 1);
  old.origin.says(openai_path, openai_record);
  old.get(openai_path);
  EXPECT_TRUE(by_block(old, head()));
  newer.take();
  EXPECT_FALSE(by_block(old, head()));
}

TEST(age_of_a_hit, is_nought_where_it_was_stored_after_this_thread_looked_at_the_clock) {
  cache::entry stored;
  stored.stored_at = mono_time{10s};
  stored.fresh_until = mono_time{70s};
  proxy::small_text told;
  proxy::append_hit(told, stored, {mono_time{10s} - 1us, {}}, {});
  EXPECT_EQ(told.view(), "Age: 0\r\nCache-Status: sidecache; hit; ttl=60\r\n");
}

}  // namespace
}  // namespace sidecache::tests
