// What is asked and when is decided by options and seed alone, and is the same each time.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <sstream>
#include <vector>

#include "replay/generated_workload.hpp"
#include "replay/recorded_workload.hpp"

namespace sidecache::replay {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;

request_frame frame(std::size_t credentials = 1) {
  request_frame made{.prefix = "/cp", .host = "example:81", .header_lines = "Accept: */*\r\n", .credentials = {}};
  for (std::size_t i = 0; i < credentials; ++i)
    made.credentials.emplace_back("x-portkey-api-key: key-" + std::to_string(i) + "\r\n");
  return made;
}

std::vector<planned_request> all_of(const workload& work) {
  std::vector<planned_request> made;
  const auto walk = work.begin();
  while (const auto next = walk->next()) made.push_back(*next);
  EXPECT_FALSE(walk->next().has_value());
  return made;
}

std::string written(const workload& work, const planned_request& what) {
  std::string to;
  work.write(what, to);
  return to;
}

generated_workload generated(generation how, std::uint64_t records = 50, std::size_t credentials = 3) {
  return {std::move(how), slugs::numbered("prod-%d", records).value(), frame(credentials)};
}

TEST(generated_workload_test, constant_arrivals_stand_at_equal_distances) {
  const auto plan = all_of(generated({.rate = 250, .length = seconds(2)}));
  ASSERT_EQ(plan.size(), 500);
  for (std::size_t i = 0; i < plan.size(); ++i) EXPECT_EQ(plan[i].at, milliseconds(4) * i);
}

TEST(generated_workload_test, rounding_does_not_add_up) {
  const auto plan = all_of(generated({.rate = 3'000, .length = seconds(300)}));
  ASSERT_EQ(plan.size(), 900'000);
  EXPECT_EQ(plan[899'997].at, seconds(299) + milliseconds(999));
}

TEST(generated_workload_test, poisson_arrivals_have_exponential_gaps) {
  const auto plan = all_of(generated({.rate = 1'000, .length = seconds(100), .when = arrivals::poisson}));
  EXPECT_NEAR(static_cast<double>(plan.size()), 100'000, 5 * std::sqrt(100'000.0));
  std::size_t longer_than_the_mean = 0;
  std::size_t longer_than_three = 0;
  for (std::size_t i = 1; i < plan.size(); ++i) {
    const auto gap = plan[i].at - plan[i - 1].at;
    longer_than_the_mean += gap > milliseconds(1) ? 1 : 0;
    longer_than_three += gap > milliseconds(3) ? 1 : 0;
  }
  EXPECT_NEAR(static_cast<double>(longer_than_the_mean), 100'000 * std::exp(-1), 800);
  EXPECT_NEAR(static_cast<double>(longer_than_three), 100'000 * std::exp(-3), 400);
}

TEST(generated_workload_test, a_seed_is_a_plan) {
  const generation how{.rate = 500, .length = seconds(4), .when = arrivals::poisson, .seed = 42};
  const auto once = all_of(generated(how));
  EXPECT_EQ(once, all_of(generated(how)));
  auto other = how;
  other.seed = 43;
  const auto another = all_of(generated(other));
  ASSERT_GT(std::min(once.size(), another.size()), 1'000);
  EXPECT_NE(once[1].at, another[1].at);
  std::size_t same = 0;  // of 50 slugs the first has a fifth, so one in twelve or so is the same by chance
  for (std::size_t i = 0; i < 1'000; ++i) same += once[i].subject == another[i].subject ? 1 : 0;
  EXPECT_LT(same, 200);
}

TEST(generated_workload_test, the_same_things_are_asked_in_the_same_order_at_any_rate) {
  const auto slow = all_of(generated({.rate = 100, .length = seconds(10), .when = arrivals::poisson}));
  const auto quick = all_of(generated({.rate = 1'000, .length = seconds(10), .when = arrivals::constant}));
  ASSERT_GT(quick.size(), slow.size());
  for (std::size_t i = 0; i < slow.size(); ++i) {
    EXPECT_EQ(slow[i].subject, quick[i].subject);
    EXPECT_EQ(slow[i].credential, quick[i].credential);
  }
}

TEST(generated_workload_test, credentials_are_drawn_evenly) {
  std::vector<int> seen(3);
  for (const auto& each : all_of(generated({.rate = 3'000, .length = seconds(10)}))) ++seen.at(each.credential);
  for (const int each : seen) EXPECT_NEAR(each, 10'000, 400);
  for (const auto& each : all_of(generated({.rate = 10, .length = seconds(1)}, 50, 0)))
    EXPECT_EQ(each.credential, no_credential);
}

TEST(generated_workload_test, a_request_is_written_whole) {
  const auto work = generated({.path = "/v1/providers/{slug}?again={slug}"});
  EXPECT_EQ(written(work, {.subject = 6, .credential = 2}),
            "GET /cp/v1/providers/prod-7?again=prod-7 HTTP/1.1\r\nHost: example:81\r\nAccept: */*\r\n"
            "x-portkey-api-key: key-2\r\n\r\n");
  EXPECT_EQ(written(generated({.path = "/livez"}), {.credential = no_credential}),
            "GET /cp/livez HTTP/1.1\r\nHost: example:81\r\nAccept: */*\r\n\r\n");
}

std::unique_ptr<recorded_workload> recorded(const std::string& lines, const playing& how) {
  std::istringstream in(lines);
  auto read = parse_pattern(in, "p.jsonl", 3);
  EXPECT_TRUE(read.has_value()) << read.error();
  return std::move(recorded_workload::make(std::move(*read), how, frame(3)).value());
}

constexpr auto three = R"({"at_ms": 1000, "target": "/a", "credential": 1}
{"at_ms": 1010, "method": "HEAD", "target": "/b?q=1", "credential": null, "headers": {"x-a": "1"}}

{"at_ms": 1040, "method": "POST", "target": "/c", "credential": 0, "body": "{}"}
)";

std::vector<duration> starts(const workload& work) {
  std::vector<duration> made;
  for (const auto& each : all_of(work)) made.push_back(each.at);
  return made;
}

TEST(recorded_workload_test, is_played_once_at_its_own_pace) {
  const auto work = recorded(three, {});
  EXPECT_THAT(starts(*work), ElementsAre(milliseconds(0), milliseconds(10), milliseconds(40)));
  EXPECT_EQ(work->length(), milliseconds(60)) << "40 ms and an average gap";
  EXPECT_DOUBLE_EQ(work->rate(), 50);
}

TEST(recorded_workload_test, is_stretched_to_a_rate_and_repeated_for_a_time) {
  const auto work = recorded(three, {.rate = 100, .length = milliseconds(52)});
  EXPECT_THAT(starts(*work), ElementsAre(milliseconds(0), milliseconds(5), milliseconds(20), milliseconds(30),
                                         milliseconds(35), milliseconds(50)));
}

TEST(recorded_workload_test, of_one_moment_it_needs_a_rate) {
  std::istringstream in(R"({"at_ms": 5, "target": "/a"})");
  EXPECT_FALSE(recorded_workload::make(parse_pattern(in, "p", 1).value(), {}, frame()).has_value());
  const auto work = recorded("{\"at_ms\": 5, \"target\": \"/a\"}\n{\"at_ms\": 5, \"target\": \"/b\"}", {.rate = 100});
  EXPECT_THAT(starts(*work), ElementsAre(milliseconds(0), milliseconds(10)));
}

TEST(recorded_workload_test, lines_become_requests) {
  const auto work = recorded(three, {});
  const auto plan = all_of(*work);
  EXPECT_THAT(written(*work, plan[0]), HasSubstr("GET /cp/a HTTP/1.1\r\n"));
  EXPECT_THAT(written(*work, plan[0]), HasSubstr("x-portkey-api-key: key-1\r\n\r\n"));
  EXPECT_EQ(written(*work, plan[1]), "HEAD /cp/b?q=1 HTTP/1.1\r\nHost: example:81\r\nAccept: */*\r\nx-a: 1\r\n\r\n");
  EXPECT_THAT(written(*work, plan[2]), HasSubstr("Content-Length: 2\r\nx-portkey-api-key: key-0\r\n\r\n{}"));
}

TEST(recorded_workload_test, a_log_of_sidecache_is_a_pattern) {
  const auto work = recorded(
      R"({"time":"2026-01-31T12:00:00.020Z","level":"info","message":"request","method":"GET","path":"/v1/providers/b"}
{"time":"2026-01-31T12:00:00.000Z","level":"info","message":"request","method":"GET","path":"/v1/providers/a","status":200}
{"time":"2026-01-31T12:00:00.001Z","level":"info","message":"ready"}
{"time":"2026-01-31T12:00:00.002Z","level":"info","message":"request","method":"PUT","path":"/v1/providers/a"})",
      {});
  const auto plan = all_of(*work);
  ASSERT_EQ(plan.size(), 2) << "what is no request, and writes, whose bodies are unknown, are passed over";
  EXPECT_THAT(written(*work, plan[0]), HasSubstr("/v1/providers/a "));
  EXPECT_EQ(plan[1].at, milliseconds(20));
  EXPECT_LT(plan[1].credential, 3);
}

std::string refusal_of(const std::string& line) {
  std::istringstream in("{\"at_ms\": 0, \"target\": \"/a\"}\n" + line);
  const auto read = parse_pattern(in, "p.jsonl", 2);
  return read ? "" : read.error();
}

TEST(recorded_workload_test, a_bad_line_is_named_with_what_was_expected) {
  EXPECT_EQ(refusal_of("GET /a"), "p.jsonl:2: expected one JSON object a line");
  EXPECT_THAT(refusal_of(R"({"target": "/a"})"), HasSubstr("p.jsonl:2: expected at_ms and target, or time and path"));
  EXPECT_THAT(refusal_of(R"({"at_ms": -1, "target": "/a"})"), HasSubstr("expected at_ms to be milliseconds from 0"));
  EXPECT_THAT(refusal_of(R"({"at_ms": 1, "target": "a b"})"), HasSubstr("expected target"));
  EXPECT_THAT(refusal_of(R"({"at_ms": 1})"), HasSubstr("expected a target"));
  EXPECT_THAT(refusal_of(R"({"at_ms": 1, "target": "/a", "credential": 2})"), HasSubstr("which has 2 from 0"));
  EXPECT_THAT(refusal_of(R"({"at_ms": 1, "target": "/a", "slug": "x"})"), HasSubstr("found \"slug\"; expected at_ms"));
  EXPECT_THAT(refusal_of(R"({"at_ms": 1, "target": "/a", "headers": {"Content-Length": "5"}})"), HasSubstr("itself"));
  EXPECT_THAT(refusal_of(R"({"at_ms": 1, "target": "/a", "headers": {"X": "a\r\nb"}})"), HasSubstr("control"));
  EXPECT_THAT(refusal_of(R"({"time": "yesterday", "message": "request", "path": "/a"})"), HasSubstr("expected time"));
}

}  // namespace
}  // namespace sidecache::replay
