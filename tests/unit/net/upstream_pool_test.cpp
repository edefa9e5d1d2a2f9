// Limits and lines: who gets a connection, who waits, who is turned away.
#include <array>
#include <latch>

#include "unit/net/upstream_world.hpp"

namespace sidecache::net::in_tests {
namespace {

class upstream_limits : public upstream_world {
 protected:
  /// Answers each request once the gate is open.
  script gated() {
    return [this](peer& client) {
      while (!client.read_head().empty()) {
        ++asked;
        gate.wait();
        client.answer("{}");
      }
    };
  }

  std::atomic<int> asked = 0;
  std::latch gate{1};
};

TEST_F(upstream_limits, those_over_the_limit_wait_in_line_and_are_served_in_order) {
  settings.max_connections = 1;
  scripted_server control_plane({gated()});
  ask_at(control_plane.url());
  std::vector<int> order;
  for (int i = 0; i < 6; ++i)
    asio::co_spawn(context, origin->fetch(get(), 100), [&order, i](const std::exception_ptr& thrown, auto answer) {
      EXPECT_FALSE(thrown);
      EXPECT_TRUE(answer);
      order.push_back(i);
    });
  run_until([&] { return asked == 1 && origin->lookups().waiting() == 5; });
  gate.count_down();
  run_until([&] { return order.size() == 6; });
  EXPECT_EQ(order, (std::vector<int>{0, 1, 2, 3, 4, 5}));
  EXPECT_EQ(control_plane.connections(), 1);
}

TEST_F(upstream_limits, there_are_never_more_connections_than_allowed) {
  settings.max_connections = 2;
  scripted_server control_plane({gated()});
  ask_at(control_plane.url());
  int done = 0;
  for (int i = 0; i < 6; ++i)
    asio::co_spawn(context, origin->fetch(get(), 100), [&done](const std::exception_ptr&, auto) { ++done; });
  run_until([&] { return asked == 2 && origin->lookups().waiting() == 4; });
  EXPECT_EQ(open(proxy::connection_state::active), 2);
  gate.count_down();
  run_until([&] { return done == 6; });
  EXPECT_EQ(control_plane.connections(), 2);
  EXPECT_EQ(origin->lookups().idle(), 2u);
}

TEST_F(upstream_limits, the_line_is_limited) {
  settings.max_connections = 1;
  settings.max_pending = 1;
  scripted_server control_plane({gated()});
  ask_at(control_plane.url());
  const auto served = begin(origin->fetch(get(), 100));
  const auto waits = begin(origin->fetch(get(), 100));
  run_until([&] { return asked == 1 && origin->lookups().waiting() == 1; });
  const auto turned_away = fetch();
  EXPECT_EQ(kind_of(turned_away), "overloaded");
  EXPECT_FALSE(turned_away.error().sent);
  EXPECT_EQ(observer.codes, std::vector<std::string>{"overloaded"});
  gate.count_down();
  run_until([&] { return served->has_value() && waits->has_value(); });
  EXPECT_TRUE(**waits);
}

TEST_F(upstream_limits, who_waited_gets_the_connection_of_the_one_before) {
  settings.max_relay_connections = 1;
  scripted_server control_plane({gated()});
  ask_at(control_plane.url());
  std::array<collecting_sink, 4> answers;
  int done = 0;
  for (auto& each : answers)
    asio::co_spawn(context, origin->relay(get("/v1/integrations"), body, each),
                   [&done](const std::exception_ptr& thrown, const auto& ended) {
                     EXPECT_FALSE(thrown);
                     EXPECT_TRUE(ended);
                     ++done;
                   });
  run_until([&] { return asked == 1 && origin->relays().waiting() == 3; });
  gate.count_down();
  run_until([&] { return done == 4; });
  for (const auto& each : answers) EXPECT_EQ(each.body, "{}");
  EXPECT_EQ(control_plane.connections(), 1) << "the answer had come with its head, whole";
}

TEST_F(upstream_limits, waiting_ends_with_the_requests_deadline) {
  settings.max_relay_connections = 1;
  settings.request_timeout = 200ms;
  scripted_server control_plane({[](peer& client) {
    client.read_head();
    client.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nevent1\r\n");
    client.client_leaves();
  }});
  ask_at(control_plane.url());
  collecting_sink stream;
  const auto endless = begin(origin->relay(get("/events"), body, stream));
  run_until([&] { return stream.body == "event1"; });
  const auto waited = relay();
  EXPECT_EQ(kind_of(waited), "timeout");
  EXPECT_FALSE(waited.error().sent);
  EXPECT_EQ(origin->relays().waiting(), 0u);
  EXPECT_FALSE(endless->has_value()) << "an open stream has no deadline as a whole";
  origin.reset();
}

TEST_F(upstream_limits, a_place_is_never_lost) {
  settings.max_connections = 1;
  scripted_server control_plane({[](peer& client) {
                                   client.read_head();
                                   client.reset_at_end();
                                 },
                                 [](peer& client) {
                                   client.read_head();
                                   client.send("rubbish\r\n\r\n");
                                 },
                                 [](peer& client) {
                                   client.read_head();
                                   client.answer("{}");
                                   client.client_leaves();
                                 }});
  ask_at(control_plane.url());
  const auto first = begin(origin->fetch(get(), 100));
  const auto second = begin(origin->fetch(get(), 100));
  const auto third = begin(origin->fetch(get(), 100));
  run_until([&] { return third->has_value(); });
  EXPECT_EQ(kind_of(**first), "reset");
  EXPECT_EQ(kind_of(**second), "protocol");
  EXPECT_TRUE(**third);
  EXPECT_EQ(open(proxy::connection_state::connecting), 0);
  EXPECT_EQ(open(proxy::connection_state::active), 0);
}

TEST_F(upstream_limits, as_many_are_kept_idle_as_were_busy) {
  scripted_server control_plane({gated()});
  ask_at(control_plane.url());
  const auto first = begin(origin->fetch(get(), 100));
  const auto second = begin(origin->fetch(get(), 100));
  run_until([&] { return asked == 2; });
  gate.count_down();
  run_until([&] { return first->has_value() && second->has_value(); });
  EXPECT_EQ(origin->lookups().idle(), 2u);
  EXPECT_EQ(open(proxy::connection_state::idle), 2);
}

TEST_F(upstream_limits, stalled_relays_do_not_take_the_lookups_connections) {
  settings.max_connections = 1;
  settings.max_relay_connections = 1;
  scripted_server control_plane({[](peer& client) {
                                   client.read_head();
                                   client.client_leaves();
                                 },
                                 [](peer& client) {
                                   client.read_head();
                                   client.answer("{}");
                                   client.client_leaves();
                                 }});
  ask_at(control_plane.url());
  const auto stalled = begin(origin->relay(get("/v1/dp/metrics"), body, sink));
  run_until([&] { return control_plane.connections() == 1 && open(proxy::connection_state::active) == 1; });
  EXPECT_EQ(kind_of(fetch()), "answer");
  EXPECT_FALSE(stalled->has_value());
}

}  // namespace
}  // namespace sidecache::net::in_tests
