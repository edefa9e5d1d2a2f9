// Fetches that begin without a coroutine: to the breaker, the budget, the deadline and whoever is asked next they are
// as all others.
#include "unit/resilience/resilient_world.hpp"

namespace sidecache::resilience::in_tests {
namespace {

class begun_fetches : public resilient_world {
 protected:
  void made_of(std::size_t count) {
    build(count);
    for (auto& each : upstreams) each->begins = true;
  }
  std::unique_ptr<proxy::begun_fetch> begun(mono_time deadline = mono_time::max()) {
    proxy::ready_request request;
    request.deadline = deadline;
    return origin->begin_fetch(request, 1000, nullptr);
  }
  std::string gone_on(proxy::begun_fetch& fetch) {
    const auto came = begin(fetch.go_on({}));
    while (!*came && wake.next()) pass(*wake.next() - time.now().mono);
    if (!*came) return "never";
    return **came ? std::to_string((**came)->head.status) : std::string(to_string((**came).error().kind));
  }
  /// As fetch() says it; "none" where it did not begin.
  std::string asked() {
    const auto fetch = begun();
    if (!fetch) return "none";
    const auto whole = fetch->take();
    return whole ? std::to_string(whole->head.status) : gone_on(*fetch);
  }
};

TEST_F(begun_fetches, what_is_well_is_taken_as_it_came) {
  made_of(1);
  for (const unsigned status : {200U, 404U, 401U}) {
    up(0).says(status);
    EXPECT_EQ(begun()->take().value().head.status, status);
  }
  EXPECT_EQ(up(0).asked, 3);
}

TEST_F(begun_fetches, statuses_open_the_breaker_and_then_none_begins) {
  settings.retry.retries = 0;
  made_of(1);
  up(0).always({.status = 503});
  int times = 0;
  for (; times < 200 && group->look()[0].state == breaker_state::closed; ++times) EXPECT_EQ(asked(), "503");
  EXPECT_EQ(group->look()[0].state, breaker_state::open);
  EXPECT_EQ(times, up(0).asked);
  EXPECT_EQ(asked(), "none");
  EXPECT_EQ(up(0).asked, times);
}

TEST_F(begun_fetches, a_probe_is_left_to_who_can_end_it) {
  made_of(1);
  ruin(0);
  up(0).always({.status = 200});
  for (int i = 0; i < 9 && group->look()[0].state != breaker_state::closed; ++i) {
    pass(breaker.open_for);
    const int before = up(0).asked;
    EXPECT_EQ(asked(), "none");
    EXPECT_EQ(up(0).asked, before);
    EXPECT_EQ(fetch(), "200") << "the probe was not kept from it";
  }
  EXPECT_EQ(group->look()[0].state, breaker_state::closed);
}

TEST_F(begun_fetches, one_that_is_given_up_or_could_not_begin_says_nothing) {
  made_of(1);
  for (int i = 0; i < 200; ++i) {
    up(0).begins = i % 2 == 0;
    EXPECT_EQ(begun() != nullptr, up(0).begins);
  }
  time.advance(breaker.slow_after + 1ms);
  EXPECT_EQ(fetch(), "200");
  EXPECT_EQ(group->look()[0].state, breaker_state::closed);
}

TEST_F(begun_fetches, one_that_could_not_begin_adds_nothing_to_the_budget_of_retries) {
  const auto retried = [&](bool tries_to_begin) {
    upstreams.clear();
    build(1);
    for (int i = 0; i < 200; ++i) {
      if (i % 5 == 4) up(0).fails(failure_kind::reset, true);
      if (tries_to_begin) EXPECT_FALSE(begun());
      fetch();
    }
    return std::pair(counted(repetition::retried), counted(repetition::budget_spent));
  };
  const auto wanted = retried(false);
  EXPECT_GT(wanted.second, 0U);
  EXPECT_EQ(retried(true), wanted);
}

TEST_F(begun_fetches, who_can_not_begin_keeps_its_share) {
  for (const bool relays : {false, true}) {
    upstreams.clear();
    build(2, {9, 1});
    up(0).begins = true;
    random = 0.95;  // the second
    const bool begins = relays ? origin->begin_relay({}, nullptr) != nullptr : begun() != nullptr;
    EXPECT_FALSE(begins);
    random = 0;
    EXPECT_EQ(relays ? list() : fetch(), "200");
    EXPECT_EQ(up(1).asked, 1) << "as was drawn";
    EXPECT_EQ(relays ? list() : fetch(), "200");
    EXPECT_EQ(up(0).asked, 1) << "drawn anew";
  }
}

TEST_F(begun_fetches, one_that_takes_its_time_is_slow_as_others_are) {
  made_of(1);
  std::vector<std::unique_ptr<proxy::begun_fetch>> all;
  for (int i = 0; i < 50; ++i) all.push_back(begun());
  time.advance(breaker.slow_after + 1ms);
  for (const auto& slow : all) EXPECT_TRUE(slow->take());
  EXPECT_EQ(group->look()[0].state, breaker_state::open);
}

TEST_F(begun_fetches, one_that_takes_too_long_is_counted_before_its_end) {
  made_of(1);
  std::vector<std::unique_ptr<proxy::begun_fetch>> all;
  for (int i = 0; i < 50; ++i) all.push_back(begun());
  time.advance(breaker.slow_after + 1ms);
  for (int i = 0; i < 50; ++i) all.push_back(begun());
  EXPECT_EQ(group->look()[0].state, breaker_state::open);
}

TEST_F(begun_fetches, a_failed_one_is_repeated_within_the_same_budget) {
  const auto repeated = [&](const std::function<std::string()>& ask) {
    std::string all;
    for (int i = 0; i < 200; ++i) {
      if (i % 5 == 4) up(0).fails(failure_kind::reset, true);
      if (i % 5 == 2) up(0).says(503);
      all.append(ask()).append(" ");
    }
    return std::tuple(counted(repetition::retried), counted(repetition::budget_spent), up(0).asked, all);
  };
  build(1);
  const auto wanted = repeated([&] { return fetch(); });
  EXPECT_GT(std::get<0>(wanted), 3U);
  EXPECT_GT(std::get<1>(wanted), 0U);
  upstreams.clear();
  made_of(1);
  EXPECT_EQ(repeated([&] { return asked(); }), wanted);
}

TEST_F(begun_fetches, one_that_never_arrived_goes_elsewhere) {
  made_of(2);
  random = 0;
  up(0).fails(failure_kind::connect);
  const auto fetch = begun();
  ASSERT_EQ(up(0).asked, 1);
  EXPECT_FALSE(fetch->take());
  EXPECT_EQ(gone_on(*fetch), "200");
  EXPECT_EQ(up(1).asked, 1);
  EXPECT_EQ(counted(repetition::failed_over), 1U);
}

TEST_F(begun_fetches, all_attempts_share_the_deadline_of_the_first) {
  settings.timeout = 10s;
  made_of(1);
  const mono_time start = time.now().mono;
  up(0).fails(failure_kind::reset, true);
  const auto late = begun();
  time.advance(4s);
  EXPECT_FALSE(late->take());
  EXPECT_EQ(gone_on(*late), "200");
  ASSERT_GE(up(0).deadlines.size(), 2U);
  for (const mono_time each : up(0).deadlines) EXPECT_EQ(each, start + 10s);
  EXPECT_TRUE(begun(time.now().mono + 1s));
  EXPECT_EQ(up(0).deadlines.back(), time.now().mono + 1s) << "the caller's, which is sooner";
}

TEST_F(begun_fetches, none_begins_where_it_might_be_hedged) {
  settings.hedging = true;
  made_of(1);
  EXPECT_TRUE(begun()) << "nobody knows yet what is late";
  for (int i = 0; i < 200; ++i) fetch();
  ASSERT_TRUE(group->late_fetch());
  EXPECT_FALSE(begun());
}

TEST_F(begun_fetches, they_tell_what_a_fetch_takes) {
  settings.hedging = true;
  made_of(1);
  for (int i = 0; i < 200 && !group->late_fetch(); ++i) EXPECT_EQ(asked(), "200");
  EXPECT_TRUE(group->late_fetch());
}

}  // namespace
}  // namespace sidecache::resilience::in_tests
