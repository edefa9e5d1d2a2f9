#include "http/trace_context.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace sidecache::http {
namespace {

using testing::MatchesRegex;

const std::string trace = "4bf92f3577b34da6a3ce929d0e0e4736";
const std::string good = "00-" + trace + "-00f067aa0ba902b7-01";

TEST(trace_context, reads_the_trace_id_of_what_the_standard_allows) {
  EXPECT_EQ(trace_id_of(good), trace);
  EXPECT_EQ(trace_id_of("cc-" + trace + "-00f067aa0ba902b7-01"), trace);
  EXPECT_EQ(trace_id_of("cc-" + trace + "-00f067aa0ba902b7-01-what-will-be"), trace);
}

TEST(trace_context, takes_nothing_that_is_malformed) {
  for (const auto& text :
       {std::string{}, std::string("00"), good + "-more", good + " ", good.substr(0, good.size() - 1),
        "ff" + good.substr(2), "cc" + good.substr(2) + ".more", "00-" + std::string(32, '0') + "-00f067aa0ba902b7-01",
        "00-" + trace + "-" + std::string(16, '0') + "-01", "00-" + trace + "-00F067AA0BA902B7-01",
        "00_" + trace + "-00f067aa0ba902b7-01", "00-" + trace + "-00f067aa0ba902b7-0x",
        std::string("00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01")})
    EXPECT_EQ(trace_id_of(text), "") << text;
}

TEST(trace_context, makes_ids_of_the_standards_shape_and_never_the_same) {
  random_source chances(7);
  std::set<std::string> made;
  for (int i = 0; i < 1000; ++i) {
    const auto parent = make_traceparent(chances);
    EXPECT_NE(trace_id_of(parent), "") << parent;
    EXPECT_TRUE(parent.starts_with("00-") && parent.ends_with("-00")) << parent;
    made.insert(parent);
    const auto id = make_request_id(chances);
    EXPECT_THAT(id, MatchesRegex("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"));
    made.insert(id);
  }
  EXPECT_EQ(made.size(), 2000U);
}

TEST(trace_context, completes_what_goes_up_and_changes_nothing_that_came) {
  random_source chances(7);
  fields came;
  came.add("TraceParent", good);
  came.add("tracestate", "a=b");
  came.add("X-Request-Id", "r1");
  const made_ids none = complete_trace_fields(came, chances);
  EXPECT_EQ(none.request_id(), "");
  EXPECT_EQ(none.trace_id(), "");
  EXPECT_EQ(came.size(), 3U);
  EXPECT_EQ(came.find("traceparent"), good);

  fields bare;
  bare.add("tracestate", "a=b");
  made_ids made = complete_trace_fields(bare, chances);
  EXPECT_EQ(made.request_id(), bare.find("x-request-id"));
  EXPECT_EQ(made.trace_id(), trace_id_of(bare.find("traceparent").value_or("")));
  made.clear();
  EXPECT_EQ(made.request_id(), "");
  EXPECT_FALSE(bare.contains("tracestate"));
  EXPECT_NE(trace_id_of(bare.find("traceparent").value_or("")), "");
  EXPECT_EQ(bare.find("x-request-id").value_or("").size(), 36U);
}

}  // namespace
}  // namespace sidecache::http
