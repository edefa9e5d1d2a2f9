// What counts as what, and what a run's numbers are said to mean.
#include "replay/findings.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "replay/report.hpp"

namespace sidecache::replay {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const mono_time start = mono_time{} + std::chrono::hours(5);

/// Meant to start then, taken up after `waiting`, over after `taking` more.
moments at(duration intended, duration waiting, duration taking) {
  return {
      .intended = start + intended, .taken = start + intended + waiting, .done = start + intended + waiting + taking};
}

/// 1,000 requests in 10 s, all of them hits of a millisecond.
run_result good_run() {
  run_result made;
  made.window = made.elapsed = seconds(10);
  made.cpu = milliseconds(20);
  for (int i = 0; i < 1'000; ++i) {
    ++made.all.sent;
    made.all.lag.record(microseconds(5));
    made.all.add_answer(at(milliseconds(10) * i, {}, milliseconds(1)), 200, cache_outcome::hit);
  }
  return made;
}

TEST(tally_test, latencies_count_from_the_intended_start_and_from_the_actual_one) {
  tally all;
  all.add_answer(at({}, milliseconds(500), milliseconds(2)), 200, cache_outcome::none);
  EXPECT_EQ(all.corrected.max(), milliseconds(502));
  EXPECT_EQ(all.uncorrected.max(), milliseconds(2));
}

TEST(tally_test, who_timed_out_or_was_never_sent_is_not_left_out) {
  tally all;
  all.add_failure(failure::timeout, at({}, milliseconds(10), seconds(10)));
  all.add_failure(failure::unsent, at({}, seconds(20), {}));
  all.add_failure(failure::connect, at({}, {}, microseconds(20)));
  EXPECT_EQ(all.corrected.count(), 2);
  EXPECT_EQ(all.corrected.max(), seconds(20));
  EXPECT_EQ(all.uncorrected.count(), 1);
  EXPECT_EQ(all.errors(), 3);
}

TEST(tally_test, statuses_from_400_are_errors_and_threads_add_up) {
  tally one;
  for (const unsigned status : {200U, 304U, 404U, 499U, 500U, 599U})
    one.add_answer(at({}, {}, milliseconds(1)), status, cache_outcome::hit);
  EXPECT_EQ(one.of_class(400), 2);
  EXPECT_EQ(one.errors(), 4);
  tally two = one;
  two.sent = 3;
  two.longest_wait = seconds(1);
  two.add_failure(failure::unsent, at({}, {}, {}));
  one.add(two);
  EXPECT_EQ(one.answered, 12);
  EXPECT_EQ(one.errors(), 9);
  EXPECT_EQ(one.due(), 4);
  EXPECT_EQ(one.longest_wait, seconds(1));
  EXPECT_EQ(one.statuses.at(404), 2);
  EXPECT_EQ(one.corrected.count(), 13);
}

TEST(findings_test, a_run_without_trouble_has_nothing_to_note) {
  const auto found = judge(good_run(), {.most_errors = 0, .most_p99 = milliseconds(2), .least_hits = 100});
  EXPECT_DOUBLE_EQ(found.intended, 100);
  EXPECT_DOUBLE_EQ(found.achieved, 100);
  EXPECT_TRUE(found.kept);
  EXPECT_EQ(found.hit_percent, 100);
  EXPECT_EQ(found.cpu_a_request, microseconds(20));
  EXPECT_THAT(found.notes, IsEmpty());
  EXPECT_THAT(found.missed, IsEmpty());
}

TEST(findings_test, a_target_that_answers_later_than_the_plan_ends_did_not_keep_the_rate) {
  auto run = good_run();
  run.all.add_answer(at(seconds(9), {}, milliseconds(1'200)), 200, cache_outcome::hit);
  const auto found = judge(run, {});
  EXPECT_FALSE(found.kept);
  EXPECT_NEAR(found.achieved, 1'001 / 10.199, 1e-6);
  EXPECT_THAT(found.notes, ElementsAre(HasSubstr("did not keep the rate")));
}

TEST(findings_test, a_target_that_always_takes_a_second_keeps_the_rate) {
  run_result run;
  run.window = run.elapsed = seconds(10);
  for (int i = 0; i < 1'000; ++i) {
    ++run.all.sent;
    run.all.add_answer(at(milliseconds(10) * i, {}, seconds(1)), 200, cache_outcome::none);
  }
  EXPECT_TRUE(judge(run, {}).kept);
}

TEST(findings_test, a_sender_that_was_late_or_busy_is_said_to_be_the_bottleneck) {
  auto late = good_run();
  for (int i = 0; i < 20; ++i) late.all.lag.record(milliseconds(3));
  EXPECT_TRUE(judge(late, {}).sender_was_bottleneck);
  auto busy = good_run();
  busy.busiest_thread = 0.95;
  EXPECT_THAT(judge(busy, {}).notes, ElementsAre(HasSubstr("95 % of a core")));
  EXPECT_FALSE(judge(good_run(), {}).sender_was_bottleneck);
}

TEST(findings_test, gates_that_do_not_hold_are_named) {
  auto run = good_run();
  for (int i = 0; i < 20; ++i) {
    ++run.all.sent;
    run.all.add_answer(at(seconds(1), {}, milliseconds(50)), 503, cache_outcome::fwd_uri_miss);
  }
  const auto found = judge(run, {.most_errors = 1, .most_p99 = milliseconds(10), .least_hits = 99});
  EXPECT_THAT(found.missed, ElementsAre(HasSubstr("1.961 % errors, at most 1 %"), HasSubstr("at most 10.000 ms"),
                                        HasSubstr("98.04 % of the answers were hits")));
  EXPECT_THAT(judge(run, {.most_errors = 2, .most_p99 = {}, .least_hits = 98}).missed, IsEmpty());
  run_result empty;
  empty.window = seconds(1);
  EXPECT_THAT(judge(empty, {.most_errors = 5, .most_p99 = {}, .least_hits = {}}).missed,
              ElementsAre("nothing was measured"));
}

TEST(report_test, says_the_same_to_people_and_programs) {
  auto run = good_run();
  run.all.add_failure(failure::reset, at(seconds(1), {}, {}));
  const auto found = judge(run, {});
  const subject about{.url = "http://a", .plan = "generated", .rate = 100, .length = seconds(12), .settings = {}};
  const auto text = report_text(about, run, found);
  for (const auto* line : {"http://a\n", "100.0/s intended, 100.0/s achieved", "0.100 %: reset 1\n", "200: 1000\n",
                           "hit 1000\n", "hit ratio  100.00 %\n", "    p99.99         1.000 ms      1.000 ms\n"})
    EXPECT_THAT(text, HasSubstr(line));
  const boost::json::value json = report_json(about, run, found);
  EXPECT_EQ(json.at_pointer("/latency_ms/corrected/p99.9").to_number<double>(), 1.0);
  EXPECT_EQ(json.at_pointer("/errors/reset").to_number<int>(), 1);
  EXPECT_EQ(json.at_pointer("/statuses/200").to_number<int>(), 1'000);
  EXPECT_EQ(json.at_pointer("/cache/hit").to_number<int>(), 1'000);
}

}  // namespace
}  // namespace sidecache::replay
