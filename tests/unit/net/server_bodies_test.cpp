// Bodies both ways: framing, 100-continue, what is left unread, streams and slow readers.
#include <gtest/gtest.h>

#include "unit/net/server_fixture.hpp"

namespace sidecache::net {
namespace {

std::string post(std::string_view fields, std::string_view body) {
  return std::string("POST /x HTTP/1.1\r\nHost: h\r\n").append(fields).append("\r\n").append(body);
}

TEST_F(server_test, a_chunked_body_reaches_the_handler_without_its_framing) {
  echo_body();
  wire_client client(start());
  client.send(post("Transfer-Encoding: chunked\r\n", "5\r\nhello\r\n"));
  client.send("7;ext=1\r\n, world\r\n0\r\nX-Trailer: 1\r\n\r\n" + post("Content-Length: 2\r\n", "ok"));
  EXPECT_EQ(client.read_answer().body, "hello, world");
  EXPECT_EQ(client.read_answer().body, "ok");
}

TEST_F(server_test, a_large_body_passes_in_bounded_pieces) {
  std::size_t largest = 0;
  std::size_t total = 0;
  handler.later = [&](proxy::exchange& client) -> asio::awaitable<void> {
    for (;;) {
      const auto piece = co_await client.body().next();
      if (!piece || piece->empty()) break;
      largest = std::max(largest, piece->size());
      total += piece->size();
    }
    co_await client.send(text_answer("done"));
  };
  wire_client client(start());
  client.send(post("Content-Length: 5000000\r\n", std::string(5'000'000, 'b')));
  EXPECT_EQ(client.read_answer().body, "done");
  EXPECT_EQ(total, 5'000'000);
  EXPECT_LE(largest, 64 * 1024);
}

TEST_F(server_test, a_client_that_waits_for_100_is_told_when_the_body_is_first_read) {
  echo_body();
  wire_client client(start());
  client.send(post("Expect: 100-continue\r\nContent-Length: 5\r\n", ""));
  EXPECT_EQ(client.read_answer().head.status, 100);
  client.send("hello");
  EXPECT_EQ(client.read_answer().body, "hello");
  client.send(get("/again"));
  EXPECT_EQ(client.read_answer().head.status, 200);
}

TEST_F(server_test, a_client_that_waits_for_100_and_is_answered_without_it_is_closed) {
  handler.now = [](const http::request_head&) { return text_answer("no need"); };
  wire_client client(start());
  client.send(post("Expect: 100-continue\r\nContent-Length: 5\r\n", ""));
  const auto got = client.read_answer();
  EXPECT_EQ(got.body, "no need");
  EXPECT_EQ(got.head.fields.find("connection"), "close");
  EXPECT_TRUE(client.closed_by_server());
}

TEST_F(server_test, a_body_that_nobody_read_is_read_off_within_limits) {
  echo();
  wire_client client(start());
  client.send(post("Content-Length: 3\r\n", "abc") + post("Transfer-Encoding: chunked\r\n", "3\r\nabc\r\n0\r\n\r\n") +
              get("/next"));
  EXPECT_EQ(client.read_answer().body, "POST /x");
  EXPECT_EQ(client.read_answer().body, "POST /x");
  EXPECT_EQ(client.read_answer().body, "GET /next");
}

TEST_F(server_test, beyond_the_limit_the_connection_ends_and_says_so_and_the_answer_arrives) {
  echo();
  const auto port = start();
  wire_client counted(port);
  counted.send(post("Content-Length: 100000\r\n", std::string(100'000, 'x')) + get("/next"));
  EXPECT_EQ(counted.read_answer().head.fields.find("connection"), "close");
  EXPECT_EQ(counted.read_to_end(), "");
  wire_client chunked(port);
  std::string body;
  for (int i = 0; i < 10; ++i) body.append("4000\r\n").append(std::string(0x4000, 'x')).append("\r\n");
  chunked.send(post("Transfer-Encoding: chunked\r\n", body) + "0\r\n\r\n" + get("/next"));
  EXPECT_EQ(chunked.read_answer().body, "POST /x");
  EXPECT_EQ(chunked.read_to_end(), "");
}

TEST_F(server_test, a_broken_chunk_is_answered_400_and_closed) {
  echo_body();
  wire_client client(start());
  client.send(post("Transfer-Encoding: chunked\r\n", "5\r\nhello\r\nZZ\r\n") + get("/smuggled"));
  const auto got = client.read_answer();
  EXPECT_EQ(got.head.status, 400);
  EXPECT_THAT(got.body, testing::HasSubstr("bad_body"));
  client.half_close();
  EXPECT_TRUE(client.closed_by_server());
  EXPECT_EQ(observer.wait_for(0).report.outcome, outcome::rejected);
}

TEST_F(server_test, a_client_that_vanishes_in_its_body_is_cancelled) {
  echo_body();
  wire_client client(start());
  client.send(post("Content-Length: 100\r\n", "half"));
  client.vanish();
  const auto told = observer.wait_for(0);
  EXPECT_EQ(told.report.outcome, outcome::cancelled);
  EXPECT_EQ(told.status, 0);
  EXPECT_TRUE(observer.wait_for_connections(0));
}

TEST_F(server_test, a_body_that_stalls_is_cancelled) {
  echo_body();
  limits.stall_timeout = 20ms;
  wire_client client(start());
  client.send(post("Content-Length: 100\r\n", "half"));
  EXPECT_TRUE(client.closed_by_server());
  EXPECT_EQ(observer.wait_for(0).report.outcome, outcome::cancelled);
}

/// Streams `pieces`, framed by `framing`, with hop-by-hop fields that must not pass.
std::function<asio::awaitable<void>(proxy::exchange&)> stream(http::framing framing, std::uint64_t length,
                                                              const std::vector<std::string>& pieces) {
  return [=](proxy::exchange& client) -> asio::awaitable<void> {
    http::response_head head;
    head.status = 200;
    head.reason = "OK";
    head.body = framing;
    head.content_length = length;
    head.fields.add("Content-Type", "text/plain");
    head.fields.add("Connection", "X-Hop, close");
    head.fields.add("X-Hop", "1");
    head.fields.add("Keep-Alive", "timeout=5");
    if (framing == http::framing::length) head.fields.add("Content-Length", std::to_string(length));
    if (co_await client.sink().start(head)) co_return;
    for (const auto& piece : pieces)
      if (co_await client.sink().write(piece)) co_return;
    http::fields trailers;
    if (framing == http::framing::chunked) trailers.add("X-Sum", "42");
    co_await client.sink().finish(trailers);
  };
}

TEST_F(server_test, a_streamed_answer_keeps_its_length_and_loses_hop_by_hop_fields) {
  handler.later = stream(http::framing::length, 10, {"hello", "", "world"});
  wire_client client(start());
  for (int i = 0; i < 2; ++i) {
    client.send(get("/"));
    const auto got = client.read_answer();
    EXPECT_EQ(got.body, "helloworld");
    EXPECT_EQ(got.head.fields.count("content-length"), 1);
    for (const auto* gone : {"connection", "x-hop", "keep-alive", "transfer-encoding"})
      EXPECT_FALSE(got.head.fields.contains(gone)) << gone;
    EXPECT_TRUE(got.head.fields.contains("date"));
  }
}

TEST_F(server_test, without_a_length_it_is_chunked_with_its_trailers) {
  handler.later = stream(http::framing::chunked, 0, {"hello", "", "world"});
  wire_client client(start());
  client.send(get("/") + get("/"));
  for (int i = 0; i < 2; ++i) {
    const auto got = client.read_answer();
    EXPECT_EQ(got.head.body, http::framing::chunked);
    EXPECT_EQ(got.body, "helloworld");
    EXPECT_EQ(got.trailers.find("x-sum"), "42");
  }
}

TEST_F(server_test, http_1_0_gets_a_stream_without_chunks_that_ends_with_the_connection) {
  handler.later = stream(http::framing::until_close, 0, {"hello", "world"});
  wire_client client(start());
  client.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  const auto got = client.read_answer();
  EXPECT_EQ(got.head.body, http::framing::until_close);
  EXPECT_EQ(got.head.fields.find("connection"), "close");
  EXPECT_EQ(got.body, "helloworld");
}

TEST_F(server_test, head_of_a_streamed_answer_names_its_length_and_keeps_the_body_back) {
  handler.later = stream(http::framing::length, 10, {"hello", "world"});
  wire_client client(start());
  client.send("HEAD / HTTP/1.1\r\nHost: h\r\n\r\n" + get("/"));
  EXPECT_EQ(client.read_answer(http::method::head).head.content_length, 10);
  EXPECT_EQ(client.read_answer().body, "helloworld");
}

TEST_F(server_test, a_large_upload_that_was_read_to_its_end_does_not_cost_the_connection) {
  handler.later = [](proxy::exchange& client) -> asio::awaitable<void> {
    auto& sink = client.sink();  // taken before the body is read, as a relay does
    for (;;) {
      const auto piece = co_await client.body().next();
      if (!piece) co_return;
      if (piece->empty()) break;
    }
    http::response_head head;
    head.status = 200;
    if (!co_await sink.start(head)) co_await sink.finish({});
  };
  wire_client client(start());
  for (int i = 0; i < 2; ++i) {
    client.send(post("Content-Length: 200000\r\n", std::string(200'000, 'u')));
    EXPECT_FALSE(client.read_answer().head.fields.contains("connection"));
  }
}

TEST_F(server_test, an_answer_before_the_end_of_a_large_upload_announces_the_close) {
  handler.later = stream(http::framing::length, 5, {"early"});
  wire_client client(start());
  client.send(post("Content-Length: 200000\r\n", "just the beginning"));
  const auto got = client.read_answer();
  EXPECT_EQ(got.body, "early");
  EXPECT_EQ(got.head.fields.find("connection"), "close");
}

TEST_F(server_test, an_answer_that_is_shorter_than_announced_ends_the_connection) {
  handler.later = stream(http::framing::length, 10, {"short"});
  wire_client client(start());
  client.send(get("/") + get("/next"));
  const auto cut = client.read_to_end();
  EXPECT_TRUE(cut.ends_with("\r\n\r\nshort")) << cut;
}

TEST_F(server_test, an_answer_that_is_longer_than_announced_is_cut_and_ends_the_connection) {
  handler.later = stream(http::framing::length, 10, {"0123456789", "and more"});
  wire_client client(start());
  client.send(get("/") + get("/next"));
  const auto cut = client.read_to_end();
  EXPECT_TRUE(cut.ends_with("\r\n\r\n0123456789")) << cut;
}

TEST_F(server_test, an_unfinished_stream_can_not_be_taken_for_a_complete_one) {
  handler.later = [](proxy::exchange& client) -> asio::awaitable<void> {
    http::response_head head;
    head.status = 200;
    head.body = http::framing::until_close;
    co_await client.sink().start(head);
    co_await client.sink().write("some");
  };
  const auto port = start();
  wire_client chunked(port);
  chunked.send(get("/"));
  EXPECT_TRUE(chunked.read_to_end().ends_with("4\r\nsome\r\n"));
  wire_client until_close(port);
  until_close.send("GET / HTTP/1.0\r\n\r\n");
  until_close.read_to_end();
  EXPECT_TRUE(until_close.was_reset());
}

TEST_F(server_test, a_slow_reader_holds_back_the_writer) {
  std::atomic<std::size_t> written = 0;
  latch_in_time blocked;
  const std::string piece(65'536, 'p');
  constexpr std::size_t pieces = 1'000;
  handler.later = [&](proxy::exchange& client) -> asio::awaitable<void> {
    http::response_head head;
    head.status = 200;
    head.body = http::framing::chunked;
    co_await client.sink().start(head);
    asio::steady_timer watch(co_await asio::this_coro::executor);
    for (std::size_t i = 0; i < pieces; ++i) {
      watch.expires_after(100ms);
      watch.async_wait([&](const auto& cancelled) {
        if (!cancelled) blocked.reach();
      });
      if (co_await client.sink().write(piece)) co_return;
      ++written;
    }
    watch.cancel();
    co_await client.sink().finish({});
  };
  wire_client client(start(), 4096);
  client.send(get("/"));
  ASSERT_TRUE(blocked.wait()) << "the writer never had to wait";
  EXPECT_LT(written, pieces / 2) << "more was taken than the kernel's buffers can hold";
  EXPECT_EQ(client.read_answer().body.size(), pieces * piece.size());
  EXPECT_EQ(written, pieces);
}

TEST_F(server_test, a_reader_that_takes_nothing_is_given_up) {
  limits.stall_timeout = 20ms;
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
  EXPECT_EQ(observer.wait_for(0).report.outcome, outcome::cancelled);
  EXPECT_TRUE(observer.wait_for_connections(0));
}

}  // namespace
}  // namespace sidecache::net
