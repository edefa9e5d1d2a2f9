// mode: bypass. Every lookup is passed on and nothing is learnt; what a write touches is forgotten all the same, so
// that the cache is right when it is put on again.
#include <gtest/gtest.h>

#include "proxy/changing.hpp"

namespace sidecache::tests {
namespace {

const std::string passed = "GET " + openai_path;

struct bypass : testing::Test {
  bypass() {
    w.origin.says(openai_path, record("integration", "openai", R"(,"note":"old")"));
    w.get(openai_path);
    w.origin.says(passed, record("integration", "openai", R"(,"note":"new")"));
    put(w, proxy::mode::bypass);
  }
  world w;
};

TEST_F(bypass, what_is_held_is_not_served) {
  const auto got = w.get(openai_path);
  EXPECT_NE(got.body.find("new"), std::string::npos);
  EXPECT_EQ(got.outcome, outcome::bypass);
  EXPECT_EQ(got.cache_status(), "sidecache; fwd=bypass; fwd-status=200; detail=mode");
  EXPECT_EQ(w.get(openai_path).cache_status(), got.cache_status());
  EXPECT_EQ(w.origin.count(passed), 2) << "each asks for itself";
  EXPECT_EQ(w.origin.count(openai_path), 1);
}

TEST_F(bypass, what_passes_is_not_stored_and_what_was_held_goes_on_where_it_was) {
  w.origin.says("GET /v1/integrations/other", record("integration", "other"));
  w.get("/v1/integrations/other");
  EXPECT_EQ(w.core.figures().items[0], 1U);
  w.clock.advance(10s);
  put(w, proxy::mode::on);
  EXPECT_EQ(w.get(openai_path).cache_status(), "sidecache; hit; ttl=20");
}

TEST_F(bypass, an_outage_is_what_the_client_sees) {
  w.clock.advance(60s);
  w.origin.fails(passed, proxy::failure_kind::connect, false);
  EXPECT_EQ(w.get(openai_path).status, 502U);
  w.origin.says(passed, {.status = 503, .body = "{}"});
  EXPECT_EQ(w.get(openai_path).status, 503U) << "nothing of memory stands in";
}

TEST_F(bypass, what_a_write_overwrote_meanwhile_is_not_there_when_it_is_put_on_again) {
  w.origin.says("PUT " + openai_path, "{}");
  w.ask("PUT", openai_path, key_a, "{}");
  put(w, proxy::mode::on);
  w.origin.says(openai_path, record("integration", "openai", R"(,"note":"new")"));
  const auto got = w.get(openai_path);
  EXPECT_EQ(got.outcome, outcome::miss);
  EXPECT_NE(got.body.find("new"), std::string::npos);
}

TEST_F(bypass, a_fetch_that_was_under_way_does_not_bring_back_what_a_write_overwrote) {
  put(w, proxy::mode::on);
  w.clock.advance(60s);
  w.origin.hold(openai_path);
  const auto waiting = w.start("GET", openai_path);
  put(w, proxy::mode::bypass);
  w.origin.says("PUT " + openai_path, "{}");
  w.ask("PUT", openai_path, key_a, "{}");
  w.origin.release(openai_path);  // with the old record
  w.run();
  ASSERT_TRUE(waiting->done());
  put(w, proxy::mode::on);
  w.origin.says(openai_path, record("integration", "openai", R"(,"note":"new")"));
  EXPECT_NE(w.get(openai_path).body.find("new"), std::string::npos);
}

TEST_F(bypass, a_header_block_that_is_known_finds_no_short_cut) {
  put(w, proxy::mode::on);
  http::request_head head;
  head.method_name = "GET";
  head.method = http::method::get;
  head.target = openai_path;
  head.version = 11;
  head.keep_alive = true;
  for (const auto& [name, value] : key_a) head.fields.add(name, value);
  const auto known = w.handler.recognise(head);
  ASSERT_TRUE(known);
  proxy::answer out;
  EXPECT_TRUE(w.handler.answer_known(openai_path, *known, "", {}, out));
  for (const auto mode : {proxy::mode::bypass, proxy::mode::shadow}) {
    put(w, mode);
    proxy::answer none;
    EXPECT_FALSE(w.handler.answer_known(openai_path, *known, "", {}, none));
  }
}

TEST_F(bypass, a_purge_drops_what_is_held) {
  w.core.purge({});
  put(w, proxy::mode::on);
  EXPECT_EQ(w.get(openai_path).outcome, outcome::miss);
}

}  // namespace
}  // namespace sidecache::tests
