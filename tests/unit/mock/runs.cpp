// Runs: counts that begin at one moment, belong to the run of the arrival, and add up; the sequence that a seed means;
// what a timeline does when; and when the mock was the bottleneck.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/mock/mock_client.hpp"

namespace sidecache::mock {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using namespace std::chrono_literals;

constexpr std::string_view target = "/v1/integrations/openai-prod";

http::fields with_key() {
  http::fields fields;
  fields.add("x-portkey-api-key", acme_prod_key);
  return fields;
}

struct mock_run : ::testing::Test {
  mock_client client;
  http::fields fields = with_key();

  instance::admission arrive() { return client.served.admit({http::method::get, "GET", target, &fields, {}}).value(); }
  std::string requests(std::string_view query = "") {
    return json::serialize(client.get("/__mock/run" + std::string(query)).body.at("requests"));
  }
};

TEST_F(mock_run, counts_by_status_route_and_ending) {
  client.get(target);
  client.get("/v1/integrations/none");
  client.get("/v1/virtual-keys/openai-vk");
  client.get("/v2/configs/x");
  client.get("/nowhere");
  client.served.ended(arrive(), ended_as::reset, 0);
  client.served.ended(arrive(), ended_as::cut, 200);
  const auto waiting = arrive();
  const auto shown = client.get("/__mock/run").body;
  EXPECT_EQ(text(shown, "/id"), "run-1");
  EXPECT_EQ(json::serialize(shown.at("requests")),
            R"({"arrived":8,"in_flight":1,"whole":5,"reset":1,"cut":1,"client_left":0})");
  EXPECT_EQ(json::serialize(shown.at("by_status")), R"({"200":2,"401":1,"404":2})");
  EXPECT_EQ(json::serialize(shown.at("by_route")), R"({"integrations":5,"virtual_keys":1,"configs":1,"other":1})");
}

TEST_F(mock_run, begins_from_zero_and_answers_with_the_finished_one) {
  client.get(target);
  client.clock.advance(3s);
  const auto begun = client.post("/__mock/run", R"({"id":"second"})").body;
  EXPECT_EQ(text(begun, "/id"), "second");
  EXPECT_EQ(text(begun, "/finished/id"), "run-1");
  EXPECT_EQ(text(begun, "/finished/requests/whole"), "1");
  EXPECT_EQ(begun.at("finished").at("lasted_s").to_number<double>(), 3.0);
  EXPECT_EQ(requests(), R"({"arrived":0,"in_flight":0,"whole":0,"reset":0,"cut":0,"client_left":0})");
  EXPECT_EQ(text(client.get("/__mock/requests").body, "/total"), "0") << "the journal begins anew too";
  EXPECT_EQ(text(client.post("/__mock/run", "").body, "/id"), "run-3");
  EXPECT_EQ(client.post("/__mock/run", R"({"id":7})").status, 400);
  EXPECT_EQ(client.get("/__mock/run?id=none").status, 404);
}

TEST_F(mock_run, has_the_requests_that_arrived_in_it_though_they_end_in_the_next) {
  const auto early = arrive();
  client.post("/__mock/run", R"({"id":"second"})");
  const auto late = arrive();
  client.served.ended(early, ended_as::whole, 503);
  EXPECT_EQ(requests(), R"({"arrived":1,"in_flight":1,"whole":0,"reset":0,"cut":0,"client_left":0})");
  EXPECT_EQ(requests("?id=run-1"), R"({"arrived":1,"in_flight":0,"whole":1,"reset":0,"cut":0,"client_left":0})");
  EXPECT_EQ(text(client.get("/__mock/run?id=run-1").body, "/by_status/503"), "1");
  client.served.ended(late, ended_as::whole, 200);
  client.served.left(late, ended_as::whole, 200);
  EXPECT_EQ(requests(), R"({"arrived":1,"in_flight":0,"whole":0,"reset":0,"cut":0,"client_left":1})");
  EXPECT_EQ(json::serialize(client.get("/__mock/run").body.at("by_status")), "{}");
}

/// What happens to the first requests of a run.
std::vector<std::string> fates(mock_client& client, int requests, std::string_view asked = target) {
  const auto fields = with_key();
  std::vector<std::string> all;
  for (int i = 0; i < requests; ++i) {
    const auto plan = client.served.admit({http::method::get, "GET", asked, &fields, {}}).value().plan;
    all.push_back(std::to_string(plan.before.count()) + " " + std::to_string(static_cast<int>(plan.what)) + " " +
                  std::to_string(static_cast<int>(plan.how)));
  }
  return all;
}

TEST(mock_sequence, of_statuses_and_delays_follows_from_the_seed_and_begins_anew_with_a_run) {
  options with;
  with.delays = delay_distribution::parse("lognormal(p50=20ms,p99=120ms)").value();
  with.error_rate = 0.3;
  with.reset_rate = 0.1;
  mock_client client(with);
  const auto first = fates(client, 300);
  EXPECT_EQ(std::set<std::string>(first.begin(), first.end()).size(), 300U) << "no two delays are the same";
  client.post("/__mock/run", "");
  EXPECT_EQ(fates(client, 300), first);
  mock_client again(with);
  fates(again, 100, "/v1/providers/another");
  const auto rest = fates(again, 200);
  EXPECT_TRUE(std::equal(rest.begin(), rest.end(), first.begin() + 100)) << "whatever was asked before";
  with.seed = 2;
  mock_client other(with);
  EXPECT_NE(fates(other, 300), first);
}

TEST(mock_sequence, draws_each_request_s_chances_apart_from_its_neighbours) {
  options with;
  with.delays = delay_distribution::parse("uniform(0ms..1000ms)").value();
  with.error_rate = 0.3;
  mock_client client(with);
  std::vector<std::pair<double, bool>> drawn;  // a delay's fraction of a second, drawn first, and an error
  const auto fields = with_key();
  for (int i = 0; i < 2001; ++i) {
    const auto plan = client.served.admit({http::method::get, "GET", target, &fields, {}}).value().plan;
    drawn.emplace_back(std::chrono::duration<double>(plan.before).count(), plan.what != fault_plan::content::record);
  }
  for (const std::size_t other : {0U, 1U}) {
    int agree = 0;
    for (std::size_t i = 0; i < 2000; ++i) agree += drawn[i].second == (drawn[i + other].first < 0.3) ? 1 : 0;
    EXPECT_NEAR(agree, 1160, 120) << "by chance 0.3 * 0.3 + 0.7 * 0.7 of them, " << other;
  }
}

TEST(mock_timeline, is_in_force_for_its_part_of_the_run) {
  options with;
  with.timeline = {{.kind = fault_kind::error, .status = 503, .retry_after = 2, .from = 30s, .until = 90s}};
  mock_client client(with);
  const auto status_after = [&](duration wait) {
    client.clock.advance(wait);
    return client.get(target).status;
  };
  EXPECT_EQ(status_after(0s), 200);
  EXPECT_EQ(status_after(29'999ms), 200);
  EXPECT_EQ(status_after(1ms), 503);
  EXPECT_EQ(client.get(target).fields.find("Retry-After"), "2");
  EXPECT_EQ(status_after(59'999ms), 503);
  EXPECT_EQ(status_after(1ms), 200);
  client.post("/__mock/run", "");
  EXPECT_EQ(status_after(30s), 503) << "a run begins the timeline anew";
}

TEST(mock_timeline, may_be_told_while_the_mock_runs) {
  mock_client client;
  ASSERT_EQ(client.post("/__mock/faults", R"({"kind":"error","status":502,"from_ms":1000,"until_ms":2000})").status,
            200);
  EXPECT_EQ(client.get(target).status, 200);
  client.clock.advance(1500ms);
  EXPECT_EQ(client.get(target).status, 502);
  const auto shown = client.get("/__mock/faults").body.at("faults").at(0);
  EXPECT_EQ(client.post("/__mock/faults", json::serialize(shown)).status, 200) << "what is shown can be sent";
}

loop_sample second(double busy, duration lag = 0s) { return {.lag = lag, .second_busy = busy}; }

TEST(mock_bottleneck, is_of_what_was_seen_since_the_run_began) {
  run one("r", {.mono = mono_time{10s}, .wall = {}});
  one.sampled({.due = mono_time{9s}, .lag = 2s, .second_began = mono_time{9s}, .second_busy = 1.0});
  EXPECT_THAT(one.bottleneck(), IsEmpty());
  one.sampled({.due = mono_time{11s}, .lag = 1s, .second_began = mono_time{10s}, .second_busy = 1.0});
  EXPECT_EQ(one.bottleneck().size(), 2U);
}

TEST(mock_bottleneck, is_told_with_its_reasons) {
  run one("r", {});
  for (int i = 0; i < 1000; ++i) {
    one.delayed(20ms, 21ms);
    one.sampled({.lag = 300us});
  }
  one.sampled(second(0.6));
  EXPECT_THAT(one.bottleneck(), IsEmpty());
  EXPECT_THAT(verdict_of(one), HasSubstr("the mock kept up"));

  for (int i = 0; i < 20; ++i) one.delayed(20ms, 40ms);
  EXPECT_THAT(one.bottleneck(), ElementsAre(HasSubstr("delays took 40.0 ms at p99 where 20.0 ms were intended")));
  for (int i = 0; i < 20; ++i) one.sampled(second(0.6, 30ms));
  one.sampled(second(0.99));
  EXPECT_THAT(one.bottleneck(), ElementsAre(HasSubstr("delays took"), HasSubstr("event loop was 30.0 ms late"),
                                            HasSubstr("saturated in 1 of 22 seconds (the busiest: 99 %)")));
  EXPECT_THAT(verdict_of(one), HasSubstr("THE MOCK WAS THE BOTTLENECK"));
  EXPECT_TRUE(one.to_json({}).at("bottleneck").as_bool());
}

}  // namespace
}  // namespace sidecache::mock
