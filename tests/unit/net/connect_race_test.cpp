// Happy eyeballs: the plan step by step, and the race over loopback, where one address takes no connection and says
// nothing.
#include "net/connect_race.hpp"

#include "unit/net/scripted_resolver.hpp"
#include "unit/net/upstream_world.hpp"

namespace sidecache::net::in_tests {
namespace {

using asio::ip::tcp;
using step = race_plan::step;

tcp::endpoint at(const char* address, std::uint16_t port = 1) { return {asio::ip::make_address(address), port}; }

TEST(interleaved_test, families_take_turns_and_the_first_stays) {
  EXPECT_EQ(interleaved({at("::1"), at("::2"), at("10.0.0.1"), at("10.0.0.2"), at("10.0.0.3")}),
            (std::vector{at("::1"), at("10.0.0.1"), at("::2"), at("10.0.0.2"), at("10.0.0.3")}));
  EXPECT_EQ(interleaved({at("10.0.0.1"), at("10.0.0.2"), at("::1")}),
            (std::vector{at("10.0.0.1"), at("::1"), at("10.0.0.2")}));
  EXPECT_TRUE(interleaved({}).empty());
}

TEST(race_plan_test, the_next_begins_after_a_quarter_of_a_second_or_when_the_last_failed) {
  mono_time now{1h};
  race_plan plan(3);
  ASSERT_EQ(plan.next(now), step::begin_next);
  plan.begun(now);
  EXPECT_EQ(plan.next(now + 249ms), step::wait);
  EXPECT_EQ(plan.wait_until(), now + 250ms);
  now += 250ms;
  ASSERT_EQ(plan.next(now), step::begin_next);
  plan.begun(now);
  plan.failed();
  EXPECT_EQ(plan.next(now), step::wait) << "the first still tries";
  plan.failed();
  ASSERT_EQ(plan.next(now), step::begin_next);
  plan.begun(now);
  EXPECT_EQ(plan.next(now + 1h), step::wait);
  EXPECT_EQ(plan.wait_until(), mono_time::max());
  plan.failed();
  EXPECT_EQ(plan.next(now), step::lost);
}

/// Listens and never accepts, and its line is full: who connects next hears nothing (Linux drops the SYN).
class silent_listener {
 public:
  silent_listener(asio::io_context& context, const char* address) : listener_(context) {
    listener_.open(tcp::v4());
    listener_.bind(at(address, 0));
    listener_.listen(0);
    for (int i = 0; i < 4; ++i) {
      tcp::socket filling(context);
      filling.open(tcp::v4());
      filling.native_non_blocking(true);
      const auto to = listener_.local_endpoint();
      (void)::connect(filling.native_handle(), to.data(), static_cast<socklen_t>(to.size()));  // Asio's would wait
      fillers_.push_back(std::move(filling));
    }
  }
  [[nodiscard]] std::uint16_t port() const { return listener_.local_endpoint().port(); }

 private:
  tcp::acceptor listener_;
  std::vector<tcp::socket> fillers_;
};

class racing : public upstream_world {
 protected:
  upstream& ask_by_name(name_resolver::endpoints found) {
    names->automatic = std::move(found);
    return ask_at("http://cp.test.:80", std::make_unique<scripted_resolver>(context, names));
  }
  std::shared_ptr<resolutions> names = std::make_shared<resolutions>();
  script answering = [](peer& client) {
    while (!client.read_head().empty()) client.answer("{}", "Connection: close\r\n");
  };
};

TEST_F(racing, a_silent_address_costs_a_quarter_of_a_second_once) {
  silent_listener silent(context, "127.0.0.2");
  scripted_server control_plane({answering});
  settings.connect_timeout = 1min;
  settings.request_timeout = 1min;
  ask_by_name({at("127.0.0.2", silent.port()), loopback(control_plane.port())});
  const auto begun = std::chrono::steady_clock::now();
  EXPECT_EQ(kind_of(fetch()), "answer");
  const auto first = std::chrono::steady_clock::now() - begun;
  EXPECT_GE(first, race_plan::head_start);
  EXPECT_LT(first, 10s) << "not the connect timeout";
  run_until([&] { return open(proxy::connection_state::connecting) == 0; });  // the loser was closed

  const auto again = std::chrono::steady_clock::now();
  EXPECT_EQ(kind_of(fetch()), "answer");
  EXPECT_LT(std::chrono::steady_clock::now() - again, race_plan::head_start) << "the one that worked comes first";
}

TEST_F(racing, a_refusal_is_followed_at_once) {
  scripted_server gone({});
  gone.stop_listening();
  scripted_server control_plane({answering});
  ask_by_name({loopback(gone.port()), loopback(gone.port()), loopback(control_plane.port())});
  const auto begun = std::chrono::steady_clock::now();
  EXPECT_EQ(kind_of(fetch()), "answer");
  EXPECT_LT(std::chrono::steady_clock::now() - begun, race_plan::head_start);
}

TEST_F(racing, silent_everywhere_each_address_has_its_timeout_at_the_same_time) {
  silent_listener one(context, "127.0.0.2");
  silent_listener other(context, "127.0.0.3");
  settings.connect_timeout = 400ms;
  settings.request_timeout = 20s;
  ask_by_name({at("127.0.0.2", one.port()), at("127.0.0.3", other.port())});
  const auto answer = fetch();
  EXPECT_EQ(kind_of(answer), "connect");
  EXPECT_FALSE(answer.error().sent);
  run_until([&] { return open(proxy::connection_state::connecting) == 0; });
}

TEST_F(racing, an_upstream_that_ends_in_the_middle_of_it_is_harmless) {
  silent_listener silent(context, "127.0.0.2");
  ask_by_name({at("127.0.0.2", silent.port()), at("127.0.0.2", silent.port())});
  const auto answer = begin(origin->fetch(get(), 100));
  run_until([&] { return open(proxy::connection_state::connecting) == 2; });
  EXPECT_FALSE(answer->has_value());
}

TEST_F(racing, a_request_has_no_more_time_than_it_says) {
  silent_listener silent(context, "127.0.0.2");
  settings.connect_timeout = 20s;
  ask_by_name({at("127.0.0.2", silent.port())});
  auto request = get();
  const auto begun = std::chrono::steady_clock::now();
  request.deadline = begun + 50ms;
  EXPECT_EQ(kind_of(fetch(std::move(request))), "timeout");
  EXPECT_LT(std::chrono::steady_clock::now() - begun, 5s) << "half of what the origin itself would wait";
}

}  // namespace
}  // namespace sidecache::net::in_tests
