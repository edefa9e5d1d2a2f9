// Pass-throughs by a header block alone: on their way up and down they can't be told from one that was parsed.
#include <gtest/gtest.h>

#include "http/head_parser.hpp"
#include "proxy/known_client.hpp"
#include "proxy/known_requests.hpp"

namespace sidecache::tests {
namespace {

const std::string list = "/v1/completions/c-1";
const std::string lookup = "/v1/integrations/openai";

/// The body; `answer` is its head as a client reads it.
std::string taken(proxy::begun_pass& quick, http::response_head& answer) {
  std::string head;
  const auto whole = quick.take(head);
  EXPECT_TRUE(whole && http::parse_response_head(head + "\r\n", http::method::get, answer)) << head;
  return whole ? std::string(whole->body) : "";
}

struct known_passes : testing::Test {
  known_passes() {
    w.origin.takes_ready = scripted_origin::begins::whole;
    w.origin.says("GET " + list, R"({"a":1})");
    w.origin.says("GET " + lookup, record("integration", "openai"));
  }
  /// Null: it is left to handle(). `learned`: what its block was known by.
  std::unique_ptr<proxy::begun_pass> pass(const http::request_head& request, const http::request_head& learned) {
    const auto known = w.handler.recognise(learned);
    if (!known) return nullptr;
    return w.handler.pass_known(request.target, block_of(request), *known, nullptr);
  }
  std::unique_ptr<proxy::begun_pass> pass(const http::request_head& request) { return pass(request, request); }
  void expect_the_same(const header_list& fields, const std::string& target = list) {
    const auto quick = pass(head_of(fields, target));
    ASSERT_TRUE(quick);
    const std::string up = lines_of(w.origin.last_ready().fields, quick->made());
    http::response_head answer;
    const std::string body = taken(*quick, answer);

    const received whole = w.get(target, fields);
    EXPECT_EQ(up, lines_of(w.origin.last().fields, whole.made));
    EXPECT_EQ(w.origin.last_ready().target, target);
    EXPECT_EQ(w.origin.last_ready().route, w.origin.last().route);
    EXPECT_EQ(answer.status, whole.status);
    EXPECT_EQ(lines_of(answer.fields, {}), lines_of(whole.fields, {}));
    EXPECT_EQ(body, whole.body);
    EXPECT_EQ(quick->report().outcome, whole.outcome);
    EXPECT_EQ(quick->report().route, w.origin.last().route);
    EXPECT_EQ(quick->made().trace_id().empty(), whole.made.trace_id().empty());
    EXPECT_EQ(quick->made().request_id().empty(), whole.made.request_id().empty());
  }
  world w;
};

TEST_F(known_passes, what_goes_up_and_down_is_what_the_parsed_request_makes_of_it) {
  const std::vector<header_list> tables = {
      {},
      {{"Accept", "*/*"}, {"Accept", "text/html"}, {"accept-encoding", "gzip, br"}},
      {{"Connection", "keep-alive, X-Named"}, {"X-Named", "1"}, {"Keep-Alive", "timeout=5"}, {"Accept", "*/*"}},
      {{"TE", "trailers"}, {"Upgrade", "h2c"}, {"Proxy-Authorization", "Basic eA=="}, {"Accept", "*/*"}},
      {{"Via", "1.1 before"}, {"Accept", "*/*"}},
      {{"Via", "1.1 before"}, {"Via", "1.1 and-before"}, {"x-portkey-trace-id", "t"}},
      {{"traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"}, {"tracestate", "a=1"}},
      {{"x-request-id", "r-1"}, {"baggage", "a=1"}, {"x-portkey-metadata", "{}"}},
      {{"If-None-Match", "\"1\""}, {"Max-Forwards", "3"}, {"Range", "bytes=0-1"}},
      {{"X-Empty", ""}, {"User-Agent", "a (b; c)"}, {"Cache-Control", "x"}},
  };
  for (const auto& more : tables) {
    SCOPED_TRACE(more.empty() ? "" : more.front().first);
    expect_the_same(asking_with(more));
  }
}

TEST_F(known_passes, of_all_that_is_not_looked_up) {
  for (const char* const target :
       {"/", "/v1/integrations/openai/models", "/v1/integrations/%2e%2e", "/v1/prompts?x=1", "/v1/providers/a/b/c"}) {
    SCOPED_TRACE(target);
    w.origin.says(std::string("GET ") + target, "{}");
    expect_the_same(asking_with({}), target);
  }
}

TEST_F(known_passes, the_values_of_gaps_are_the_requests_own) {
  const std::string first = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  const std::string next = "00-11111111111111111111111111111111-2222222222222222-00";
  const auto learned =
      head_of(asking_with({{"traceparent", first}, {"x-request-id", "1"}, {"b3", "x"}, {"Accept", "*/*"}}));
  const auto came =
      head_of(asking_with({{"traceparent", next}, {"x-request-id", "22"}, {"b3", ""}, {"Accept", "*/*"}}));
  ASSERT_TRUE(pass(came, learned));
  const auto& up = w.origin.last_ready().fields;
  EXPECT_EQ(up.find("traceparent"), next);
  EXPECT_EQ(up.find("x-request-id"), "22");
  EXPECT_EQ(up.find("b3"), "");
  EXPECT_EQ(up.find("accept"), "*/*");
}

TEST_F(known_passes, an_id_that_came_empty_is_replaced_by_who_parses) {
  const auto learned = head_of(asking_with({{"traceparent", "1"}, {"x-request-id", "1"}}));
  EXPECT_TRUE(pass(learned));
  EXPECT_FALSE(pass(head_of(asking_with({{"traceparent", ""}, {"x-request-id", "1"}})), learned));
  EXPECT_FALSE(pass(head_of(asking_with({{"traceparent", "1"}, {"x-request-id", ""}})), learned));
  EXPECT_FALSE(pass(head_of(asking_with({{"traceparent", ""}, {"x-request-id", ""}}))))
      << "a block that was learned so";
  EXPECT_FALSE(pass(head_of(asking_with({{"tracestate", "a=1"}})))) << "it goes, without a traceparent";
}

TEST_F(known_passes, more_lines_than_there_are_bits_are_left_to_be_parsed) {
  header_list many;
  for (int i = 0; i < 62; ++i) many.emplace_back("X-" + std::to_string(i), "1");
  expect_the_same(asking_with(many));
  many.emplace_back("X-More", "1");
  EXPECT_FALSE(pass(head_of(asking_with(many))));
}

TEST_F(known_passes, a_value_that_differs_is_not_taken_for_one_that_is_added) {
  const auto request = head_of(asking_with({{"traceparent", "1"}}));
  http::fields passed;
  passed.add("x-portkey-api-key", "key-a");
  passed.add("Via", "1.1 here");
  EXPECT_TRUE(proxy::passed_lines::of(request, passed));
  passed.add("traceparent", "2");
  EXPECT_FALSE(proxy::passed_lines::of(request, passed));
}

TEST_F(known_passes, lookups_and_sync_are_not_passed_on) {
  EXPECT_TRUE(pass(head_of(asking_with({}), lookup)));
  EXPECT_EQ(w.origin.last_ready().target, "") << "a fetch was begun";
  proxy::settings of_data;
  of_data.kind = proxy::plane_kind::data;
  world data(of_data);
  data.origin.takes_ready = scripted_origin::begins::whole;
  const auto request = head_of(asking_with({}), "/v1/organisation/acme/sync/1");
  const auto known = data.handler.recognise(request);
  ASSERT_TRUE(known);
  EXPECT_FALSE(data.handler.pass_known(request.target, block_of(request), *known, nullptr));
}

TEST_F(known_passes, in_bypass_lookups_are_too_but_for_a_drill) {
  proxy::settings bypassing;
  bypassing.mode = proxy::mode::bypass;
  world by(bypassing);
  by.origin.takes_ready = scripted_origin::begins::whole;
  by.origin.says("GET " + lookup, record("integration", "openai"));
  const auto request = head_of(asking_with({}), lookup);
  const auto known = by.handler.recognise(request);
  const auto quick = by.handler.pass_known(lookup, block_of(request), *known, nullptr);
  ASSERT_TRUE(quick);
  http::response_head answer;
  taken(*quick, answer);
  const received whole = by.get(lookup, asking_with({}));
  EXPECT_EQ(answer.fields.find("cache-status"), whole.cache_status());
  EXPECT_EQ(quick->report().outcome, whole.outcome);
  EXPECT_EQ(quick->report().route, http::route::integrations);

  by.core.drill().begin(by.clock.now().mono, 10s);
  EXPECT_FALSE(by.handler.pass_known(lookup, block_of(request), *known, nullptr));
}

TEST_F(known_passes, not_where_each_client_has_its_address_told) {
  proxy::settings telling;
  telling.forwarded_for = true;
  world tells(telling);
  tells.origin.takes_ready = scripted_origin::begins::whole;
  const auto known = tells.handler.recognise(head_of(asking_with({})));
  EXPECT_FALSE(tells.handler.pass_known(list, block_of(head_of(asking_with({}))), *known, nullptr));
}

TEST_F(known_passes, an_answer_in_pieces_goes_on_as_the_request_began) {
  w.origin.takes_ready = scripted_origin::begins::in_pieces;
  const auto fields = asking_with({{"TE", "trailers"}});
  const auto quick = pass(head_of(fields));
  ASSERT_TRUE(quick);
  std::string none;
  EXPECT_FALSE(quick->take(none));
  const int before = w.origin.count("GET " + list);
  conversation client(head_of(fields), "");
  asio::co_spawn(w.context, quick->go_on(client), asio::detached);
  w.run();
  ASSERT_TRUE(client.done());
  EXPECT_EQ(client.got().body, R"({"a":1})");
  EXPECT_EQ(client.got().made.trace_id(), quick->made().trace_id());
  EXPECT_EQ(client.got().made.request_id(), quick->made().request_id());
  EXPECT_EQ(w.origin.count("GET " + list), before + 1);
  EXPECT_EQ(lines_of(w.origin.last().fields, {}), lines_of(w.origin.last_ready().fields, {}))
      << "should it be sent again";
  EXPECT_EQ(client.got().cache_status(), w.get(list, fields).cache_status());
}

}  // namespace
}  // namespace sidecache::tests
