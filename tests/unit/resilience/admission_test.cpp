// The door in front of a scripted control plane: who gets in, who waits, who is refused, and that nobody leaves a
// trace.
#include "resilience/admission.hpp"

#include <gtest/gtest.h>

#include "base/manual_alarms.hpp"
#include "proxy/world.hpp"

namespace sidecache::resilience {
namespace {

using namespace std::chrono_literals;
using proxy::failure_kind;
using proxy::urgency;

class counting_observer final : public proxy::observer {
 public:
  using proxy::observer::finished;
  void finished(const proxy::finished_request& /*r*/) override {}
  void finished(const proxy::finished_attempt& a) override { codes.emplace_back(to_string(a.failure)); }
  void upstream_connections(proxy::connection_state /*s*/, int /*by*/) override {}
  void client_connections(int /*by*/) override {}
  void unknown_in_record(records::kind /*k*/, std::uint64_t /*fields*/, std::uint64_t /*values*/) override {}
  std::vector<std::string> codes;
};

/// One fetch, and what came of it.
struct fetched {
  std::optional<std::expected<proxy::upstream_answer, proxy::failure>> came;
  [[nodiscard]] std::string got() const {
    if (!came) return "waits";
    return *came ? std::to_string((*came)->head.status) : std::string(to_string(came->error().kind));
  }
};
using fetched_ptr = std::shared_ptr<fetched>;

struct world {
  explicit world(std::size_t places, std::size_t max_pending = 100, bool adaptive = false)
      : door(std::in_place, origin,
             admission_settings{.places = places, .max_pending = max_pending, .timeout = 30s, .adaptive = adaptive},
             admission::means{context.get_executor(), clock, alarms, pace, observer}) {}
  world(const world&) = delete;
  world& operator=(const world&) = delete;

  /// Everybody who asks for this target holds a place until release(): the tests' control plane has all the time.
  fetched_ptr fetch(const std::string& target, char credential = 'a', urgency how = urgency::miss,
                    mono_time deadline = mono_time::max()) {
    proxy::upstream_request request;
    request.target = target;
    request.urgency = how;
    request.credential.fill(static_cast<unsigned char>(credential));
    request.deadline = deadline;
    auto out = std::make_shared<fetched>();
    asio::co_spawn(
        context,
        [](admission& at, proxy::upstream_request asked, fetched_ptr to) -> asio::awaitable<void> {
          to->came = co_await at.fetch(std::move(asked), 1000);
        }(*door, std::move(request), out),
        [](const std::exception_ptr& /*scripted*/) {});
    run();
    return out;
  }
  /// Null: it is left to fetch().
  std::unique_ptr<proxy::begun_fetch> begin(const std::string& target) {
    return door->begin_fetch({.target = target, .lines = {}}, 1000, told);
  }
  void run() {
    context.restart();
    context.poll();
  }
  void advance(duration by) {
    clock.advance(by);
    alarms.ring(clock.now().mono);
    run();
  }
  void release(const std::string& target) {
    origin.release(target);
    run();
  }

  manual_clock clock;
  manual_alarms alarms;
  recovery_pace pace;
  counting_observer observer;
  asio::io_context context{1};
  tests::scripted_origin origin{context};
  std::optional<admission> door;
  struct told_when final : proxy::answer_waiter {
    void answer_came() override { ++times; }
    int times = 0;
  };
  std::shared_ptr<told_when> told = std::make_shared<told_when>();
};

/// With every place taken, by fetches of "/held".
struct full_world : world {
  explicit full_world(std::size_t places, std::size_t max_pending = 100) : world(places, max_pending) {
    origin.hold("/held");
    for (std::size_t i = 0; i < places; ++i) EXPECT_EQ(fetch("/held", 'x')->got(), "waits");
    EXPECT_EQ(origin.count("/held"), static_cast<int>(places));
  }
};

TEST(admission, no_more_ask_at_once_than_there_are_places) {
  full_world w(2);
  const auto third = w.fetch("/a");
  EXPECT_EQ(w.origin.count("/a"), 0);
  EXPECT_EQ(w.door->waiting(), 1U);
  w.release("/held");
  EXPECT_EQ(third->got(), "404");
  EXPECT_EQ(w.door->waiting(), 0U);
}

TEST(admission, credentials_take_turns) {
  full_world w(1);
  w.origin.hold("/flood");
  std::vector<fetched_ptr> flood;
  for (int i = 0; i < 50; ++i) flood.push_back(w.fetch("/flood", 'f'));
  const auto other = w.fetch("/b", 'b');
  w.release("/held");
  EXPECT_EQ(w.origin.count("/flood"), 1);
  w.origin.release_latest("/flood");
  w.run();
  EXPECT_EQ(other->got(), "404") << "after one of the flood, not after fifty";
  w.release("/flood");
  for (const auto& each : flood) EXPECT_EQ(each->got(), "404");
}

TEST(admission, nobody_waits_for_a_refresh_or_a_prefetch) {
  full_world w(2);
  EXPECT_EQ(w.fetch("/a", 'a', urgency::refresh)->got(), "overloaded");
  EXPECT_EQ(w.fetch("/a", 'a', urgency::prefetch)->got(), "overloaded");
  EXPECT_EQ(w.origin.count("/a"), 0);
  EXPECT_EQ(w.door->shed(urgency::refresh), 1U);
  EXPECT_EQ(w.door->shed(urgency::prefetch), 1U);
}

TEST(admission, prefetches_take_half_of_the_places_at_most) {
  world w(4);
  w.origin.hold("/a");
  for (int i = 0; i < 3; ++i) w.fetch("/a", 'a', urgency::prefetch);
  EXPECT_EQ(w.origin.count("/a"), 2);
  w.fetch("/a", 'a', urgency::refresh);
  EXPECT_EQ(w.origin.count("/a"), 3) << "a refresh takes what is free";
  w.release("/a");
}

TEST(admission, a_line_that_is_full_sheds_the_least_urgent) {
  full_world w(1, 2);
  const auto stale = w.fetch("/a", 'a', urgency::stale_held);
  const auto miss = w.fetch("/b", 'b');
  EXPECT_EQ(w.fetch("/c", 'c', urgency::stale_held)->got(), "overloaded") << "the back half is for misses";
  const auto pushes = w.fetch("/d", 'd');
  EXPECT_EQ(stale->got(), "overloaded");
  EXPECT_FALSE(stale->came->error().sent);
  EXPECT_EQ(w.fetch("/e", 'e')->got(), "overloaded") << "a miss among equals";
  w.release("/held");
  EXPECT_EQ(miss->got(), "404");
  EXPECT_EQ(pushes->got(), "404");
  EXPECT_EQ(w.door->shed(urgency::stale_held), 2U);
  EXPECT_EQ(w.door->shed(urgency::miss), 1U);
  EXPECT_EQ(w.observer.codes, (std::vector<std::string>{"overloaded", "overloaded", "overloaded"}));
}

TEST(admission, who_waits_beyond_its_deadline_is_told_so) {
  full_world w(1);
  const auto late = w.fetch("/a", 'a', urgency::miss, w.clock.now().mono + 2s);
  const auto patient = w.fetch("/b");
  w.advance(1999ms);
  EXPECT_EQ(late->got(), "waits");
  w.advance(1ms);
  EXPECT_EQ(late->got(), "timeout");
  EXPECT_FALSE(late->came->error().sent);
  EXPECT_EQ(patient->got(), "waits");
  w.advance(28s);
  EXPECT_EQ(patient->got(), "timeout") << "the origin's own timeout counts the waiting too";
  w.release("/held");
  EXPECT_EQ(w.origin.count("/a") + w.origin.count("/b"), 0);
}

TEST(admission, who_cannot_be_in_time_is_refused_at_once) {
  full_world w(1);
  w.advance(10s);
  w.release("/held");  // so a place is held for 10 s, as far as is known
  w.origin.hold("/held");
  w.fetch("/held", 'x');
  EXPECT_EQ(w.fetch("/a", 'a', urgency::miss, w.clock.now().mono + 9s)->got(), "overloaded");
  const auto in_time = w.fetch("/b", 'b', urgency::miss, w.clock.now().mono + 11s);
  EXPECT_EQ(in_time->got(), "waits");
  const auto refused = w.fetch("/c", 'c', urgency::miss, w.clock.now().mono + 11s);
  ASSERT_EQ(refused->got(), "overloaded") << "one is before it";
  EXPECT_EQ(refused->came->error().retry_after, 20s);
  w.release("/held");
}

TEST(admission, what_is_avoided_does_not_tell_how_long_a_place_is_held) {
  full_world w(1);
  w.advance(10s);
  w.release("/held");
  w.origin.fails("/x", failure_kind::avoided, false);
  for (int i = 0; i < 9; ++i) EXPECT_EQ(w.fetch("/x")->got(), "avoided");  // one more would be an outage
  w.origin.hold("/held");
  w.fetch("/held", 'x');
  EXPECT_EQ(w.fetch("/a", 'a', urgency::miss, w.clock.now().mono + 9s)->got(), "overloaded");
  w.release("/held");
}

TEST(admission, who_finds_the_line_too_long_in_an_outage_avoids_a_control_plane_that_does_not_answer) {
  full_world w(1, 1);
  w.fetch("/waits");
  EXPECT_EQ(w.fetch("/a")->got(), "overloaded") << "the control plane may be well";
  for (int i = 0; i < 10; ++i) w.pace.failed(w.clock.now().mono);
  EXPECT_EQ(w.fetch("/a")->got(), "avoided");
  EXPECT_EQ(w.door->shed(urgency::miss), 2U);
  w.pace.succeeded(w.clock.now().mono);
  EXPECT_EQ(w.fetch("/a")->got(), "overloaded");
  w.release("/held");
}

TEST(admission, a_fetch_that_dies_gives_its_place_back) {
  world w(1);
  w.origin.says("/dies", {.dies = true});
  w.fetch("/dies");
  EXPECT_EQ(w.fetch("/a")->got(), "404");
}

TEST(admission, ending_everything_with_some_in_line_harms_nobody) {
  full_world w(1);
  for (const char* target : {"/a", "/b"}) w.fetch(target);
  w.door.reset();
  EXPECT_EQ(w.alarms.count(), 0U);
}

TEST(admission, latency_moves_an_adaptive_limit) {
  world w(64, 100, true);
  EXPECT_EQ(w.door->limit(), 64U);
  const auto rounds = [&](duration latency, int times) {
    for (int i = 0; i < times; ++i) {
      w.origin.hold("/a");
      for (int n = 0; n < 64; ++n) w.fetch("/a", 'a', urgency::refresh);
      w.clock.advance(latency);
      w.release("/a");
    }
  };
  rounds(100ms, 10);
  EXPECT_EQ(w.door->limit(), 64U);
  rounds(500ms, 40);
  EXPECT_LT(w.door->limit(), 10U);
}

TEST(admission, what_is_avoided_is_no_latency) {
  world w(64, 100, true);
  w.origin.fails("/a", failure_kind::avoided, false);
  for (int i = 0; i < 1000; ++i) {
    w.fetch("/a");
    w.clock.advance(10ms);
  }
  EXPECT_EQ(w.door->limit(), 64U);
}

TEST(admission, after_an_outage_what_can_wait_goes_step_by_step) {
  world w(64);
  w.origin.fails("/a", failure_kind::connect, false);
  for (int i = 0; i < 10; ++i) w.fetch("/a");
  w.origin.says("/a", tests::record("provider", "a"));
  EXPECT_EQ(w.fetch("/a", 'a', urgency::stale_held)->got(), "200") << "the first, which ends it";
  int passed = 0;
  for (int i = 0; i < 2000; ++i) {
    w.clock.advance(1ms);
    passed += w.fetch("/a", 'a', urgency::stale_held)->got() == "200" ? 1 : 0;
  }
  EXPECT_NEAR(passed, 35, 3);
  EXPECT_EQ(w.door->shed(urgency::stale_held), 2000U - static_cast<unsigned>(passed));
  EXPECT_EQ(w.fetch("/b")->got(), "404") << "who has nothing else passes";
}

TEST(admission, what_begins_without_a_coroutine_holds_a_place_until_it_is_over) {
  world w(2);
  auto first = w.begin("/a");
  auto second = w.begin("/a");
  ASSERT_TRUE(first && second);
  EXPECT_FALSE(w.begin("/a")) << "it would have to wait";
  w.run();
  EXPECT_EQ(w.told->times, 2);
  EXPECT_TRUE(first->take());
  auto third = w.begin("/a");
  EXPECT_TRUE(third) << "an answer that was taken";
  EXPECT_FALSE(w.begin("/a"));
  second.reset();
  EXPECT_TRUE(w.begin("/a")) << "one that was given up";
}

TEST(admission, what_begins_without_a_coroutine_lets_in_who_waited_for_its_place) {
  for (const bool whole : {true, false}) {
    SCOPED_TRACE(whole);
    world w(1);
    w.origin.takes_misses = whole ? tests::scripted_origin::begins::whole : tests::scripted_origin::begins::in_pieces;
    const auto first = w.begin("/a");
    w.run();
    const auto next = w.fetch("/b");
    EXPECT_EQ(next->got(), "waits");
    EXPECT_FALSE(w.begin("/a")) << "not past the line";
    EXPECT_EQ(first->take().has_value(), whole);
    if (!whole) asio::co_spawn(w.context, first->go_on({}), asio::detached);
    w.run();
    EXPECT_EQ(next->got(), "404");
  }
}

TEST(admission, what_begins_without_a_coroutine_counts_for_the_pace_and_yields_to_it) {
  world w(100);
  w.origin.fails("/dead", failure_kind::reset);
  w.fetch("/a");
  for (int i = 0; i < 10; ++i) {
    EXPECT_FALSE(w.pace.outage()) << i << ": ten in a row are one";
    const auto fetch = w.begin("/dead");
    w.run();
    EXPECT_FALSE(fetch->take());
    asio::co_spawn(w.context, fetch->go_on({}), asio::detached);
    w.run();
  }
  EXPECT_TRUE(w.pace.outage());
  const auto well = w.begin("/a");
  w.run();
  EXPECT_TRUE(well->take());
  EXPECT_FALSE(w.pace.outage());
  EXPECT_TRUE(w.pace.recovering(w.clock.now().mono));
  EXPECT_FALSE(w.begin("/a")) << "each that passes counts";
}

TEST(admission, what_begins_without_a_coroutine_has_as_much_time_as_others) {
  world w(1);
  const mono_time due = w.clock.now().mono + 30s;
  w.origin.takes_misses = tests::scripted_origin::begins::in_pieces;
  const auto fetch = w.begin("/a");
  w.run();
  EXPECT_EQ(w.origin.last().deadline, due);
  w.clock.advance(5s);
  EXPECT_FALSE(fetch->take());
  asio::co_spawn(w.context, fetch->go_on({}), asio::detached);
  w.run();
  EXPECT_EQ(w.origin.last().deadline, due);
}

}  // namespace
}  // namespace sidecache::resilience
