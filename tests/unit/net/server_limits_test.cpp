// Limits on clients, at the wire: who is too slow, too long, too often or too many here is ended by the limit that has
// a name for it, and everybody else goes on.
#include <gtest/gtest.h>

#include "net/connection.hpp"
#include "unit/net/server_fixture.hpp"

namespace sidecache::net {
namespace {

struct server_limits : server_test {
  /// A stream of so many pieces of 64 KiB.
  void stream(int pieces) {
    handler.later = [pieces](proxy::exchange& client) -> asio::awaitable<void> {
      http::response_head head;
      head.status = 200;
      head.body = http::framing::chunked;
      if (co_await client.sink().start(head)) co_return;
      const std::string piece(std::size_t{64} * 1024, 's');
      for (int i = 0; i < pieces; ++i)
        if (co_await client.sink().write(piece)) co_return;
      co_await client.sink().finish({});
    };
  }
  /// A handler that waits for something that never comes, until it is cancelled.
  static asio::awaitable<void> wait_for_nothing() {
    asio::steady_timer never(co_await asio::this_coro::executor, 1h);
    co_await never.async_wait(asio::use_awaitable);
  }
  void ends_by(cutoff why, outcome as) {
    EXPECT_EQ(observer.wait_for_cut(), why);
    EXPECT_EQ(observer.wait_for(0).report.outcome, as);
    EXPECT_TRUE(observer.wait_for_connections(0));
  }
  /// A byte at a time, until the server has had enough of it.
  void dribble(wire_client& client, std::string_view byte = "x") {
    while (observer.cuts() == 0 && client.nothing_comes_for(2ms)) client.send(byte);
  }
};

std::string upload(std::size_t length) {
  return "POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(length) + "\r\n\r\n";
}

TEST_F(server_limits, an_upload_that_dribbles_is_ended_though_it_never_stalls) {
  limits.pace = {.bytes_per_second = 100'000, .grace = 50ms};
  echo_body();
  wire_client client(start());
  client.send(upload(1'000'000));
  dribble(client);
  ends_by(cutoff::min_rate, outcome::cancelled);
}

TEST_F(server_limits, an_upload_in_good_time_passes) {
  limits.pace = {.bytes_per_second = 10, .grace = 10s};
  echo_body();
  wire_client client(start());
  client.send(upload(20));
  for (int i = 0; i < 20; ++i) {
    EXPECT_TRUE(client.nothing_comes_for(1ms));
    client.send("x");
  }
  EXPECT_EQ(client.read_answer().body, std::string(20, 'x'));
  EXPECT_EQ(observer.cuts(), 0);
}

TEST_F(server_limits, an_upload_that_falls_silent_is_a_stall) {
  limits.stall_timeout = 20ms;
  echo_body();
  wire_client client(start());
  client.send(upload(100) + "x");
  ends_by(cutoff::stall, outcome::cancelled);
}

TEST_F(server_limits, a_head_that_dribbles_is_ended_by_its_time_as_a_whole) {
  limits.header_timeout = 50ms;
  echo();
  wire_client client(start());
  client.send("GET / HTTP/1.1\r\nX: ");
  dribble(client);
  EXPECT_EQ(client.read_answer().head.status, 408);
  client.close();
  ends_by(cutoff::header_timeout, outcome::rejected);
}

TEST_F(server_limits, a_head_is_held_to_the_rate_where_its_time_is_long) {
  limits.header_timeout = 1h;
  limits.pace = {.bytes_per_second = 100'000, .grace = 50ms};
  echo();
  wire_client client(start());
  client.send("GET / HTTP/1.1\r\nX: ");
  dribble(client);
  EXPECT_EQ(client.read_answer().head.status, 408);
  client.close();
  ends_by(cutoff::min_rate, outcome::rejected);
}

TEST_F(server_limits, a_connection_without_a_request_ends_by_being_idle) {
  limits.idle_timeout = 20ms;
  echo();
  const wire_client client(start());
  EXPECT_EQ(observer.wait_for_cut(), cutoff::idle_timeout);
}

TEST_F(server_limits, an_answer_that_is_taken_by_and_by_is_ended_though_it_never_stalls) {
  limits.pace = {.bytes_per_second = 1'000'000'000, .grace = 50ms};
  limits.stall_timeout = 100ms;
  stream(1000);
  wire_client client(start(), 4096);
  client.send(get("/"));
  while (observer.cuts() == 0) client.take(16 * 1024);
  ends_by(cutoff::min_rate, outcome::cancelled);
}

TEST_F(server_limits, a_reader_that_is_slower_than_the_kernels_buffers_empty_does_not_stall) {
  // The kernel says that there is room again only when a third of its buffer is free. Some of it was taken meanwhile.
  limits.pace.bytes_per_second = 0;
  limits.stall_timeout = 100ms;
  stream(100);
  wire_client client(start(), 4096);
  client.send(get("/"));
  const auto until = std::chrono::steady_clock::now() + 1s;
  while (std::chrono::steady_clock::now() < until && !observer.cut_within(5ms)) client.take(512);
  EXPECT_EQ(observer.cuts(), 0);
}

TEST_F(server_limits, an_answer_that_is_not_taken_is_a_stall) {
  limits.stall_timeout = 100ms;
  stream(1000);
  wire_client client(start(), 4096);
  client.send(get("/"));
  ends_by(cutoff::stall, outcome::cancelled);
}

TEST_F(server_limits, a_request_that_takes_too_long_is_answered_504_and_its_handler_cancelled) {
  limits.request_timeout = 20ms;
  latch_in_time cancelled;
  handler.later = [&](proxy::exchange&) -> asio::awaitable<void> {
    try {
      co_await wait_for_nothing();
    } catch (const boost::system::system_error&) {
      cancelled.reach();
      throw;
    }
  };
  wire_client client(start());
  client.send(get("/slow"));
  const auto got = client.read_answer();
  EXPECT_EQ(got.head.status, 504);
  EXPECT_EQ(got.head.fields.find("connection"), "close");
  EXPECT_TRUE(got.body.contains("request_timeout")) << got.body;
  EXPECT_TRUE(cancelled.wait());
  client.close();
  ends_by(cutoff::request_timeout, outcome::error);
}

TEST_F(server_limits, a_stream_that_takes_too_long_is_cut_off_so_that_the_client_can_tell) {
  limits.request_timeout = 20ms;
  handler.later = [](proxy::exchange& client) -> asio::awaitable<void> {
    http::response_head head;
    head.status = 200;
    head.body = http::framing::chunked;
    co_await client.sink().start(head);
    co_await client.sink().write("event");
    co_await wait_for_nothing();
  };
  wire_client client(start());
  client.send(get("/events"));
  const auto all = client.read_to_end();
  EXPECT_TRUE(all.ends_with("5\r\nevent\r\n")) << all;
  ends_by(cutoff::request_timeout, outcome::error);
}

TEST_F(server_limits, an_upload_that_takes_too_long_is_the_clients_doing) {
  limits.request_timeout = 20ms;
  echo_body();
  wire_client client(start());
  client.send(upload(100) + "x");
  EXPECT_EQ(client.read_answer().head.status, 504);
  client.close();
  ends_by(cutoff::request_timeout, outcome::cancelled);
}

TEST_F(server_limits, a_request_in_time_leaves_no_deadline_behind) {
  limits.request_timeout = 50ms;
  handler.later = [](proxy::exchange& client) -> asio::awaitable<void> { co_await client.send(text_answer("done")); };
  wire_client client(start());
  client.send(get("/1"));
  EXPECT_EQ(client.read_answer().body, "done");
  EXPECT_TRUE(client.nothing_comes_for(700ms)) << "a pause between two requests is no part of either";
  client.send(get("/2"));
  EXPECT_EQ(client.read_answer().body, "done");
  EXPECT_EQ(observer.cuts(), 0);
}

TEST_F(server_limits, the_last_request_of_a_connection_says_so) {
  limits.requests_per_connection = 3;
  echo();
  wire_client client(start());
  client.send(get("/1") + get("/2") + get("/3") + get("/4"));
  EXPECT_FALSE(client.read_answer().head.fields.find("connection"));
  EXPECT_FALSE(client.read_answer().head.fields.find("connection"));
  EXPECT_EQ(client.read_answer().head.fields.find("connection"), "close");
  EXPECT_EQ(client.read_to_end(), "");
  EXPECT_EQ(observer.wait_for_cut(), cutoff::requests);
}

TEST_F(server_limits, an_address_with_as_many_connections_as_it_may_have_gets_no_other) {
  limits.connections_per_client = 2;
  echo();
  const auto port = start();
  wire_client first(port);
  wire_client second(port);
  first.send(get("/1"));
  second.send(get("/2"));
  EXPECT_EQ(first.read_answer().body, "GET /1");
  EXPECT_EQ(second.read_answer().body, "GET /2");
  EXPECT_TRUE(wire_client(port).closed_by_server());
  EXPECT_EQ(served->refused_for_client(), 1u);
  first.send(get("/3"));
  EXPECT_EQ(first.read_answer().body, "GET /3") << "who is there already stays";
  second.close();
  EXPECT_TRUE(observer.wait_for_connections(1));
  wire_client later(port);
  later.send(get("/4"));
  EXPECT_EQ(later.read_answer().body, "GET /4");
}

TEST_F(server_limits, a_connection_holds_no_more_than_it_may) {
  limits.buffered_bytes = 8192;
  limits.head.header_bytes = std::size_t{1024} * 1024;
  wire_client client(start());
  client.send("GET / HTTP/1.1\r\nX: " + std::string(100'000, 'x'));
  EXPECT_EQ(client.read_answer().head.status, 431);
  EXPECT_LE(pool.buffers().held(), 8192 - connection::first_capacity);
}

TEST_F(server_limits, what_a_slow_client_has_not_taken_counts_as_held_until_it_left) {
  const auto body = std::make_shared<std::string>(20'000'000, 'x');
  handler.now = [body](const http::request_head&) {
    proxy::answer stored;
    stored.owner = body;
    stored.head = "HTTP/1.1 200 OK\r\n";
    stored.body = *body;
    return stored;
  };
  wire_client client(start(), 4096);
  client.send(get("/"));
  EXPECT_TRUE(client.read_until("HTTP/1.1 200 OK"));
  EXPECT_TRUE(in_time([&] { return pool.buffers().held() > 10'000'000; })) << pool.buffers().held();
  client.vanish();
  EXPECT_TRUE(in_time([&] { return pool.buffers().held() == 0; })) << pool.buffers().held();
}

TEST_F(server_limits, with_the_memory_spent_a_large_head_is_refused_and_a_hit_is_not) {
  echo();
  pool.buffers().limit(1000);
  const buffer_budget::claim all(&pool.buffers().add_share(), 1000);
  const auto port = start();
  wire_client hit(port);
  hit.send(get("/small"));
  EXPECT_EQ(hit.read_answer().body, "GET /small");
  wire_client large(port);
  large.send(get("/large", "X: " + std::string(6000, 'x') + "\r\n"));
  const auto refused = large.read_answer();
  EXPECT_EQ(refused.head.status, 503);
  EXPECT_EQ(refused.head.fields.find("retry-after"), "1");
  EXPECT_EQ(observer.wait_for(1).report.outcome, outcome::shed);
}

}  // namespace
}  // namespace sidecache::net
