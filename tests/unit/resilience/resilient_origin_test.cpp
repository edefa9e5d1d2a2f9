// One control plane that fails in its ways: retries, deadlines, the breaker; what is never done.
#include "unit/resilience/resilient_world.hpp"

namespace sidecache::resilience::in_tests {
namespace {

class one_upstream : public resilient_world {
 protected:
  void SetUp() override { build(1); }
};

TEST_F(one_upstream, a_failed_lookup_is_sent_again_after_a_pause) {
  const auto begun = time.now().mono;
  for (const auto& fail : std::vector<std::function<void()>>{[&] { up(0).fails(failure_kind::reset, true); },
                                                             [&] { up(0).fails(failure_kind::connect); },
                                                             [&] { up(0).says(500); }, [&] { up(0).says(503); }}) {
    fail();
    for (int i = 0; i < 9; ++i) up(0).says(200);
    EXPECT_EQ(fetch(), "200");
    for (int i = 0; i < 8; ++i) fetch();
  }
  EXPECT_EQ(counted(repetition::retried), 4U);
  EXPECT_EQ(time.now().mono - begun, 4 * 25ms) << "half of 50 ms, as the draw was";
}

TEST_F(one_upstream, the_second_failure_is_the_answer) {
  up(0).says(503);
  up(0).says(502);
  EXPECT_EQ(fetch(), "502");
  EXPECT_EQ(up(0).asked, 2);
}

TEST_F(one_upstream, what_a_second_look_would_not_change_is_asked_once) {
  for (const auto kind : {failure_kind::tls, failure_kind::proxy, failure_kind::timeout, failure_kind::protocol,
                          failure_kind::too_large, failure_kind::overloaded}) {
    for (int i = 0; i < 9; ++i) fetch();
    const int before = up(0).asked;
    up(0).fails(kind, true);
    EXPECT_EQ(fetch(), to_string(kind));
    EXPECT_EQ(up(0).asked, before + 1) << to_string(kind);
  }
}

TEST_F(one_upstream, what_nobody_waits_for_is_asked_once) {
  up(0).says(503);
  EXPECT_EQ(fetch(proxy::urgency::refresh), "503");
  up(0).says(503);
  EXPECT_EQ(fetch(proxy::urgency::prefetch), "503");
  EXPECT_EQ(up(0).asked, 2);
}

TEST_F(one_upstream, a_retry_shares_the_deadline_and_is_not_begun_too_late) {
  proxy::upstream_request request;
  request.deadline = time.now().mono + 20ms;
  up(0).says(503);
  const auto came = begin(origin->fetch(request, 1000));
  ASSERT_TRUE(*came) << "25 ms of pause would be too late";
  EXPECT_EQ(counted(repetition::no_time), 1U);
  request.deadline = time.now().mono + 60ms;
  up(0).says(503);
  begin(origin->fetch(request, 1000));
  pass(25ms);
  ASSERT_EQ(up(0).asked, 3);
  EXPECT_EQ(up(0).deadlines[1], request.deadline);
  EXPECT_EQ(up(0).deadlines[2], request.deadline) << "not a new one";
}

TEST_F(one_upstream, the_budget_bounds_retries_whatever_fails) {
  breaker.least_requests = 100'000;
  upstreams.clear();
  build(1);
  up(0).always({.status = 500});
  for (int i = 0; i < 300; ++i) {
    const auto came = begin(origin->fetch({}, 1000));
    if (!*came) wake.ring(time.now().mono + 1s);
    poll();
  }
  EXPECT_EQ(counted(repetition::retried), 10U + 30U) << "a tenth of the requests, and ten";
  EXPECT_EQ(up(0).asked, 300 + 40);
}

TEST_F(one_upstream, gone_it_is_asked_once_a_second_and_everybody_else_is_told_at_once) {
  up(0).always({.failure = proxy::failure{failure_kind::connect, false, "refused"}});
  for (int i = 0; i < 20; ++i) fetch();
  const int before = up(0).asked;
  EXPECT_LE(before, 10);
  for (int ms = 0; ms < 10'000; ++ms) {
    pass(1ms);
    const auto came = begin(origin->fetch({}, 1000));
    ASSERT_TRUE(*came) << "nobody waits, not even for a retry";
    if (!**came && (**came).error().kind == failure_kind::avoided) {
      EXPECT_GT((**came).error().retry_after, 0s);
      EXPECT_LE((**came).error().retry_after, 1s);
    }
  }
  EXPECT_LE(up(0).asked - before, 10);
  EXPECT_GE(up(0).asked - before, 9);
  EXPECT_EQ(list(), "avoided");
}

TEST_F(one_upstream, it_is_used_again_after_three_good_probes) {
  ruin(0);
  up(0).always({.status = 200});
  EXPECT_EQ(fetch(), "avoided");
  for (int i = 0; i < 3; ++i) {
    pass(1s);
    EXPECT_EQ(fetch(), "200");
    EXPECT_EQ(fetch(), i < 2 ? "avoided" : "200");
  }
  const auto figures = group->look().front();
  EXPECT_EQ(figures.state, breaker_state::closed);
  EXPECT_EQ(figures.changes, (std::array<std::uint64_t, 3>{1, 1, 1}));
}

TEST_F(one_upstream, a_probe_that_is_abandoned_gives_its_place_back) {
  ruin(0);
  up(0).always({.status = 200, .after = 1h});
  pass(1s);
  {
    resilient_origin another({upstreams[0].get()}, *group, settings, time, wake, [] { return 0.0; });
    auto doomed = std::make_unique<asio::io_context>(1);
    asio::co_spawn(*doomed, another.fetch({}, 1000), [](const std::exception_ptr&, const fetched&) {});
    doomed->poll();
    EXPECT_EQ(group->look()[0].state, breaker_state::half_open);
    pass(1s);
    EXPECT_EQ(fetch(), "avoided") << "one at a time";
    upstreams.clear();  // what it waits for is gone: its coroutine ends with it
  }
  EXPECT_TRUE(group->admit(0, time.now().mono));
}

TEST_F(one_upstream, a_probe_has_no_more_time_than_what_counts_as_slow) {
  ruin(0);
  pass(1s);
  up(0).always({.status = 200});
  fetch();
  EXPECT_EQ(up(0).deadlines.back(), time.now().mono + 8s);
}

TEST_F(one_upstream, one_that_takes_requests_and_answers_none_is_found_out_before_their_deadline) {
  up(0).always({.failure = proxy::failure{failure_kind::timeout, true, "scripted"}, .after = 30s});
  std::vector<std::shared_ptr<std::optional<fetched>>> waiting;
  for (int i = 0; i < 6; ++i) waiting.push_back(begin(origin->fetch({}, 1000)));
  pass(8s);
  EXPECT_EQ(group->look()[0].state, breaker_state::closed);
  pass(1ms);
  const auto next = begin(origin->fetch({}, 1000));
  ASSERT_TRUE(*next);
  EXPECT_EQ((**next).error().kind, failure_kind::avoided);
  EXPECT_EQ(group->look()[0].state, breaker_state::open);
  pass(22s);
  for (const auto& each : waiting) EXPECT_TRUE(*each);
  EXPECT_EQ(group->look()[0].changes, (std::array<std::uint64_t, 3>{0, 0, 1})) << "their ends change nothing any more";
}

TEST_F(one_upstream, a_slow_answer_counts_once) {
  up(0).always({.after = 9s});
  std::vector<std::shared_ptr<std::optional<fetched>>> waiting;
  for (int i = 0; i < 3; ++i) waiting.push_back(begin(origin->fetch({}, 1000)));
  pass(8500ms);
  up(0).says(200);
  EXPECT_EQ(fetch(), "200");
  pass(1s);
  for (const auto& each : waiting) EXPECT_TRUE(*each);
  EXPECT_EQ(group->look()[0].state, breaker_state::closed) << "4 in all; counted at their ends as well, it were 7";
}

TEST_F(one_upstream, a_denial_a_page_and_a_429_do_not_open_it) {
  for (const unsigned status : {401U, 403U, 404U, 200U, 429U})
    for (int i = 0; i < 10; ++i) {
      up(0).says(status);
      EXPECT_EQ(fetch(), std::to_string(status));
    }
  EXPECT_EQ(group->look()[0].state, breaker_state::closed);
}

TEST_F(one_upstream, a_write_is_never_repeated) {
  up(0).fails(failure_kind::reset, true);
  EXPECT_EQ(write(), "reset");
  up(0).fails(failure_kind::connect);
  EXPECT_EQ(write(), "connect");
  up(0).says(503);
  EXPECT_EQ(write(), "503");
  EXPECT_EQ(up(0).asked, 3);
}

TEST_F(one_upstream, a_write_is_tried_while_the_breaker_is_open_and_counts_for_nothing) {
  ruin(0);
  up(0).always({.status = 200});
  for (int i = 0; i < 5; ++i) EXPECT_EQ(write(), "200");
  EXPECT_EQ(group->look()[0].state, breaker_state::open);
}

TEST_F(one_upstream, failed_writes_open_it) {
  up(0).always({.status = 500});
  for (int i = 0; i < 5; ++i) write();
  EXPECT_EQ(group->look()[0].state, breaker_state::open);
}

TEST_F(one_upstream, a_list_is_sent_again_until_its_answer_has_begun) {
  up(0).fails(failure_kind::reset, true);
  EXPECT_EQ(list(), "200");
  EXPECT_EQ(sink.started, 1);
  up(0).begins_before_it_fails = true;
  up(0).fails(failure_kind::reset, true);
  EXPECT_EQ(list(), "reset");
  EXPECT_EQ(up(0).asked, 3);
  EXPECT_EQ(sink.started, 2);
}

}  // namespace
}  // namespace sidecache::resilience::in_tests
