// traceparent and x-request-id on their way up: what came, else what was made.
#include <gtest/gtest.h>

#include "http/trace_context.hpp"
#include "proxy/world.hpp"

namespace sidecache::tests {
namespace {

const std::string trace = "4bf92f3577b34da6a3ce929d0e0e4736";

header_list traced(const std::string& parent, const std::string& id) {
  return {{"x-portkey-api-key", "key-a"}, {"traceparent", parent}, {"tracestate", "v=1"}, {"x-request-id", id}};
}

std::string parent(std::string_view span) { return "00-" + trace + "-" + std::string(span) + "-01"; }

TEST(trace_fields, of_a_lookup_are_those_of_the_client_that_set_the_fetch_off) {
  world w;
  w.origin.says(openai_path, openai_record);
  w.origin.hold(openai_path);
  const auto leader = w.start("GET", openai_path, traced(parent("00000000000000a1"), "r-1"));
  const auto waiter = w.start("GET", openai_path, traced(parent("00000000000000b2"), "r-2"));
  w.origin.release(openai_path);
  w.run();
  EXPECT_EQ(leader->got().outcome, outcome::miss);
  EXPECT_EQ(waiter->got().outcome, outcome::collapsed);
  EXPECT_EQ(w.origin.count(openai_path), 1);
  const auto& sent = w.origin.last().fields;
  EXPECT_EQ(sent.find("traceparent"), parent("00000000000000a1"));
  EXPECT_EQ(sent.find("tracestate"), "v=1");
  EXPECT_EQ(sent.find("x-request-id"), "r-1");
}

TEST(trace_fields, are_no_part_of_the_key) {
  world w;
  w.origin.says(openai_path, openai_record);
  w.get(openai_path, traced(parent("00000000000000a1"), "r-1"));
  EXPECT_EQ(w.get(openai_path, traced(parent("00000000000000b2"), "r-2")).outcome, outcome::hit);
  EXPECT_EQ(w.get(openai_path).outcome, outcome::hit);
  EXPECT_EQ(w.origin.count(openai_path), 1);
}

TEST(trace_fields, of_a_write_go_on_as_they_came) {
  world w;
  w.origin.says("PUT " + openai_path, openai_record);
  w.ask("PUT", openai_path, traced("not a traceparent", "r-1"), "{}");
  const auto& sent = w.origin.last().fields;
  EXPECT_EQ(sent.find("traceparent"), "not a traceparent");
  EXPECT_EQ(sent.find("tracestate"), "v=1");
  EXPECT_EQ(sent.find("x-request-id"), "r-1");
}

TEST(trace_fields, are_made_where_none_came_and_anew_for_each) {
  world w;
  w.origin.says(openai_path, openai_record);
  w.origin.says("PUT " + openai_path, openai_record);
  const auto made = [&] {
    const auto& sent = w.origin.last().fields;
    EXPECT_EQ(sent.count("traceparent"), 1U);
    EXPECT_EQ(sent.count("x-request-id"), 1U);
    EXPECT_NE(http::trace_id_of(sent.find("traceparent").value_or("")), "");
    EXPECT_EQ(sent.find("x-request-id").value_or("").size(), 36U);
    return std::string(sent.find("traceparent").value_or("")) + std::string(sent.find("x-request-id").value_or(""));
  };
  w.get(openai_path);
  const auto of_lookup = made();
  w.ask("PUT", openai_path, key_a, "{}");
  EXPECT_NE(made(), of_lookup);
}

TEST(trace_fields, that_were_made_are_told_to_the_access_line_of_whom_they_were_made_for) {
  world w;
  w.origin.says(openai_path, openai_record);
  w.origin.says("PUT " + openai_path, openai_record);
  const auto expect_told = [&](const received& got) {
    const auto& sent = w.origin.last().fields;
    EXPECT_NE(got.made.request_id(), "");
    EXPECT_EQ(sent.find("x-request-id"), got.made.request_id());
    EXPECT_EQ(http::trace_id_of(sent.find("traceparent").value_or("")), got.made.trace_id());
  };
  w.origin.hold(openai_path);
  const auto leader = w.start("GET", openai_path, key_a);
  const auto waiter = w.start("GET", openai_path, key_a);
  w.origin.release(openai_path);
  w.run();
  expect_told(leader->got());
  EXPECT_EQ(waiter->got().made.request_id(), "") << "nothing of its own went upstream";
  EXPECT_EQ(w.get(openai_path).made.request_id(), "") << "a hit";
  expect_told(w.ask("PUT", openai_path, key_a, "{}"));

  const auto own = w.ask("PUT", openai_path, traced(parent("00000000000000a1"), "r-1"), "{}");
  EXPECT_EQ(own.made.request_id(), "");
  EXPECT_EQ(own.made.trace_id(), "");
}

TEST(trace_fields, a_hit_gets_no_request_id_of_another_exchange) {
  world w;
  const scripted_answer named{.body = openai_record,
                              .fields = {{"Content-Type", "application/json"}, {"x-request-id", "theirs"}}};
  w.origin.says(openai_path, named);
  w.origin.says("PUT " + openai_path, named);
  w.get(openai_path);
  const auto hit = w.get(openai_path);
  EXPECT_EQ(hit.outcome, outcome::hit);
  EXPECT_FALSE(hit.fields.contains("x-request-id"));
  EXPECT_EQ(w.ask("PUT", openai_path, key_a, "{}").fields.find("x-request-id"), "theirs");
}

}  // namespace
}  // namespace sidecache::tests
