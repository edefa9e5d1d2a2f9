// A drain loses nobody: who is queued is served, who is connected is told, what has arrived is answered.
#include <gtest/gtest.h>

#include <boost/asio/post.hpp>

#include "unit/net/server_fixture.hpp"

namespace sidecache::net {
namespace {

struct server_drain_test : server_test {
  /// As start(), but no worker runs yet.
  void open() {
    served = std::make_unique<server>(
        pool, std::vector<listen_place>{*parse_listen_address("127.0.0.1:0")},
        [this](std::size_t) -> proxy::handler& { return handler; },
        [this](std::size_t) -> proxy::observer& { return observer; }, limits);
    served->open();
  }
  /// Returns when the drain has begun and timers of 20 ms that it set have run: ours is behind them in the same queue.
  void drain_and_let_timers_pass() {
    latch_in_time passed;
    asio::post(pool.at(0).context, [&] {
      served->drain(1h, [] {});
      asio::post(pool.at(0).context, [&] {
        const auto later = std::make_shared<asio::steady_timer>(pool.at(0).context, 20ms);
        later->async_wait([&, later](const boost::system::error_code&) { passed.reach(); });
      });
    });
    ASSERT_TRUE(passed.wait());
  }
};

TEST_F(server_drain_test, who_waits_to_be_accepted_when_it_drains_is_answered) {
  echo();
  open();
  std::vector<std::unique_ptr<wire_client>> queued;  // their handshakes are the kernel's; no worker runs yet
  for (int i = 0; i < 20; ++i) {
    queued.push_back(std::make_unique<wire_client>(served->port()));
    queued.back()->send(get("/" + std::to_string(i)));
  }
  latch_in_time drained;
  served->drain(1h, [&] { drained.reach(); });
  pool.start();
  for (int i = 0; i < 20; ++i) {
    const auto got = queued[static_cast<std::size_t>(i)]->read_answer();
    EXPECT_EQ(got.body, "GET /" + std::to_string(i));
    EXPECT_EQ(got.head.fields.find("connection"), "close");
  }
  queued.clear();
  EXPECT_TRUE(drained.wait());
}

TEST_F(server_drain_test, a_connection_may_ask_once_more_before_it_is_closed) {
  echo();
  limits.last_call = 1h;
  const auto port = start();
  wire_client kept(port);
  kept.send(get("/1"));
  EXPECT_EQ(kept.read_answer().head.fields.find("connection"), std::nullopt);
  drain_and_let_timers_pass();
  kept.send(get("/2"));
  const auto last = kept.read_answer();
  EXPECT_EQ(last.body, "GET /2");
  EXPECT_EQ(last.head.fields.find("connection"), "close");
  EXPECT_TRUE(kept.closed_by_server());
}

/// A worker is held up while a client's request arrives and the last call ends: the one that closes idle connections
/// runs before the one that would read the request.
TEST_F(server_drain_test, a_request_that_has_arrived_when_idle_connections_are_closed_is_answered) {
  latch_in_time held_up;
  latch_in_time go_on;
  handler.now = [&](const http::request_head& request) {
    if (request.target == "/hold-up") {
      held_up.reach();
      EXPECT_TRUE(go_on.wait());
    }
    return text_answer(request.target);
  };
  limits.last_call = 1ms;
  const auto port = start();
  std::vector<std::unique_ptr<wire_client>> clients;  // by turns on worker 0, which accepts, and worker 1
  for (int i = 0; i < 4; ++i) {
    clients.push_back(std::make_unique<wire_client>(port));
    clients.back()->send(get("/first"));
    EXPECT_EQ(clients.back()->read_answer().body, "/first");
  }
  ASSERT_EQ(pool.at(1).connections, 2);
  wire_client& holds_up = *clients[1];
  wire_client& idle = *clients[3];
  holds_up.send(get("/hold-up"));
  ASSERT_TRUE(held_up.wait());
  drain_and_let_timers_pass();
  idle.send(get("/last"));
  go_on.reach();
  EXPECT_EQ(idle.read_answer().body, "/last");
  EXPECT_EQ(holds_up.read_answer().body, "/hold-up");
}

}  // namespace
}  // namespace sidecache::net
