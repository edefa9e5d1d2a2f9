// Relays that begin without a coroutine: to the breaker, the budget and whoever is asked next they are as all others.
#include "unit/resilience/resilient_world.hpp"

namespace sidecache::resilience::in_tests {
namespace {

class begun_relays : public resilient_world {
 protected:
  void made_of(std::size_t count) {
    build(count);
    for (auto& each : upstreams) each->begins = true;
  }
  std::unique_ptr<proxy::begun_relay> begun() { return origin->begin_relay({}, nullptr); }
  /// The status of one that comes whole; 0: it did not begin.
  unsigned taken() {
    const auto relay = begun();
    std::string head;
    if (!relay) return 0;
    return relay->take(head).value().head.status;
  }
  std::string gone_on(proxy::begun_relay& relay) {
    proxy::upstream_request request;
    const auto done = begin(relay.go_on(request, body, sink));
    while (!*done && wake.next()) pass(*wake.next() - time.now().mono);
    if (!*done) return "never";
    return **done ? std::to_string(sink.status) : std::string(to_string((**done).error().kind));
  }
};

TEST_F(begun_relays, statuses_open_the_breaker_and_then_none_begins) {
  made_of(1);
  up(0).always({.status = 503});
  int asked = 0;
  for (; asked < 200 && group->look()[0].state == breaker_state::closed; ++asked) EXPECT_EQ(taken(), 503U);
  EXPECT_EQ(group->look()[0].state, breaker_state::open);
  EXPECT_EQ(asked, up(0).asked);
  EXPECT_EQ(taken(), 0U);
  EXPECT_EQ(up(0).asked, asked);
}

TEST_F(begun_relays, a_probe_is_left_to_who_can_end_it) {
  made_of(1);
  ruin(0);
  up(0).always({.status = 200});
  for (int i = 0; i < 9 && group->look()[0].state != breaker_state::closed; ++i) {
    pass(breaker.open_for);
    const int before = up(0).asked;
    EXPECT_EQ(taken(), 0U);
    EXPECT_EQ(up(0).asked, before);
    EXPECT_EQ(list(), "200") << "the probe was not kept from it";
  }
  EXPECT_EQ(group->look()[0].state, breaker_state::closed);
}

TEST_F(begun_relays, one_that_takes_too_long_is_a_failure) {
  made_of(1);
  int asked = 0;
  for (; asked < 200 && group->look()[0].state == breaker_state::closed; ++asked) begun()->give_up();
  EXPECT_EQ(group->look()[0].state, breaker_state::open);
}

TEST_F(begun_relays, one_that_is_given_up_says_nothing) {
  made_of(1);
  up(0).always({.failure = proxy::failure{failure_kind::reset, true, "scripted"}});
  for (int i = 0; i < 200; ++i) EXPECT_TRUE(begun());
  EXPECT_EQ(group->look()[0].state, breaker_state::closed);
}

TEST_F(begun_relays, what_does_not_come_whole_goes_on_with_its_permit) {
  made_of(1);
  up(0).always({.failure = proxy::failure{failure_kind::timeout, true, "scripted"}});
  int asked = 0;
  for (; asked < 200 && group->look()[0].state == breaker_state::closed; ++asked) {
    const auto relay = begun();
    ASSERT_TRUE(relay);
    std::string head;
    EXPECT_FALSE(relay->take(head));
    EXPECT_EQ(gone_on(*relay), "timeout");
  }
  EXPECT_EQ(group->look()[0].state, breaker_state::open);
  EXPECT_EQ(asked, up(0).asked) << "each once";
}

TEST_F(begun_relays, one_that_never_arrived_goes_elsewhere) {
  made_of(2);
  random = 0;
  up(0).fails(failure_kind::connect);
  const auto relay = begun();
  ASSERT_EQ(up(0).asked, 1);
  EXPECT_EQ(gone_on(*relay), "200");
  EXPECT_EQ(up(1).asked, 1);
  EXPECT_EQ(counted(repetition::failed_over), 1U);
}

TEST_F(begun_relays, a_failed_one_is_sent_again_within_the_same_budget) {
  const auto retried = [&](const std::function<std::string()>& ask) {
    for (int i = 0; i < 200; ++i) {
      if (i % 5 == 4) up(0).fails(failure_kind::reset, true);
      ask();
    }
    return std::pair(counted(repetition::retried), counted(repetition::budget_spent));
  };
  build(1);
  const auto wanted = retried([&] { return list(); });
  EXPECT_GT(wanted.first, 3U);
  EXPECT_GT(wanted.second, 0U);
  upstreams.clear();
  made_of(1);
  EXPECT_EQ(retried([&] {
              const auto relay = begun();
              std::string head;
              return relay->take(head) ? "taken" : gone_on(*relay);
            }),
            wanted);
}

}  // namespace
}  // namespace sidecache::resilience::in_tests
