// Requests on one connection: what is answered, in which order, and when the connection stays.
#include <gtest/gtest.h>

#include <boost/asio/post.hpp>

#include "unit/net/server_fixture.hpp"

namespace sidecache::net {
namespace {

TEST_F(server_test, many_requests_on_one_connection_are_answered_one_after_the_other) {
  echo();
  wire_client client(start());
  for (const auto* target : {"/a", "/b", "/c"}) {
    client.send(get(target));
    const auto got = client.read_answer();
    EXPECT_EQ(got.head.status, 200);
    EXPECT_EQ(got.body, std::string("GET ") + target);
    EXPECT_TRUE(got.head.fields.contains("date"));
    EXPECT_FALSE(got.head.fields.contains("connection"));
  }
  const auto told = observer.wait_for(2);
  EXPECT_EQ(told.method, "GET");
  EXPECT_EQ(told.target, "/c");
  EXPECT_EQ(told.status, 200);
  EXPECT_EQ(told.bytes_sent, client.last_head().size() + 6);
}

TEST_F(server_test, pipelined_requests_are_answered_in_order_whether_at_once_or_later) {
  handler.now = [](const http::request_head& request) -> std::optional<proxy::answer> {
    if (request.target.starts_with("/later")) return std::nullopt;
    return text_answer(request.target);
  };
  handler.later = [](proxy::exchange& client) -> asio::awaitable<void> {
    co_await asio::post(asio::use_awaitable);
    co_await client.send(text_answer(client.request().target));
  };
  wire_client client(start());
  client.send(get("/1") + get("/later2") + get("/3") +
              "POST /later4 HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc" + get("/5"));
  for (const auto* expected : {"/1", "/later2", "/3", "/later4", "/5"}) EXPECT_EQ(client.read_answer().body, expected);
}

TEST_F(server_test, a_request_may_arrive_byte_by_byte) {
  echo();
  wire_client client(start());
  for (const char c : get("/slow")) client.send(std::string_view(&c, 1));
  EXPECT_EQ(client.read_answer().body, "GET /slow");
}

TEST_F(server_test, head_gets_the_length_and_no_body) {
  echo();
  wire_client client(start());
  client.send("HEAD /x HTTP/1.1\r\nHost: h\r\n\r\n" + get("/y"));
  const auto got = client.read_answer(http::method::head);
  EXPECT_EQ(got.head.content_length, 7);
  EXPECT_EQ(client.read_answer().body, "GET /y");
}

TEST_F(server_test, a_304_and_a_204_have_no_body_and_the_204_no_length) {
  handler.now = [](const http::request_head& request) {
    return text_answer("not to be sent", request.target == "/304" ? 304 : 204);
  };
  wire_client client(start());
  client.send(get("/304") + get("/204") + get("/204"));
  EXPECT_EQ(client.read_answer().head.status, 304);
  const auto got = client.read_answer();
  EXPECT_EQ(got.head.status, 204);
  EXPECT_FALSE(got.head.fields.contains("content-length"));
  EXPECT_EQ(client.read_answer().head.status, 204);
}

TEST_F(server_test, a_client_that_asks_for_the_end_gets_it_after_its_answer) {
  echo();
  wire_client client(start());
  client.send(get("/x", "Connection: close\r\n"));
  EXPECT_EQ(client.read_answer().head.fields.find("connection"), "close");
  EXPECT_TRUE(client.closed_by_server());
}

TEST_F(server_test, http_1_0_is_kept_alive_only_if_asked_and_is_told_so) {
  echo();
  const auto port = start();
  wire_client kept(port);
  kept.send("GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_EQ(kept.read_answer().head.fields.find("connection"), "keep-alive");
  kept.send("GET /b HTTP/1.0\r\n\r\n");
  EXPECT_EQ(kept.read_answer().body, "GET /b");
  EXPECT_TRUE(kept.closed_by_server());
}

TEST_F(server_test, a_half_closed_client_still_gets_its_answers) {
  echo();
  wire_client client(start());
  client.send(get("/a") + get("/b")).half_close();
  EXPECT_EQ(client.read_answer().body, "GET /a");
  EXPECT_EQ(client.read_answer().body, "GET /b");
  EXPECT_TRUE(client.closed_by_server());
}

TEST_F(server_test, a_stored_answer_goes_out_as_it_is_with_its_own_date_and_large_bodies_whole) {
  const auto body = std::make_shared<std::string>(300'000, 'x');
  handler.now = [body](const http::request_head&) {
    proxy::answer stored;
    stored.owner = body;
    stored.head = "HTTP/1.1 200 OK\r\nETag: \"1\"\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n";
    stored.extra.append("Age: 7\r\n");
    stored.body = *body;
    return stored;
  };
  wire_client client(start());
  for (int i = 0; i < 3; ++i) {
    client.send(get("/"));
    EXPECT_EQ(client.read_answer().body, *body);
    EXPECT_EQ(client.last_head(),
              "HTTP/1.1 200 OK\r\nETag: \"1\"\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nAge: 7\r\n"
              "Content-Length: 300000\r\n\r\n");
  }
}

TEST_F(server_test, upgrade_is_ignored) {
  echo();
  wire_client client(start());
  client.send(get("/x", "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n"));
  EXPECT_EQ(client.read_answer().head.status, 200);
  client.send(get("/y"));
  EXPECT_EQ(client.read_answer().body, "GET /y");
}

struct refused {
  std::string bytes;
  unsigned status;
  std::string code;
};
class server_refuses : public server_test, public testing::WithParamInterface<refused> {};

TEST_P(server_refuses, with_an_answer_in_json_and_the_end_of_the_connection) {
  handler.now = [](const http::request_head&) -> std::optional<proxy::answer> {
    ADD_FAILURE() << "a refused request reached the handler";
    return text_answer("");
  };
  wire_client client(start());
  // What follows the refused bytes must neither be served nor keep the answer from arriving.
  client.send(GetParam().bytes + get("/smuggled"));
  const auto got = client.read_answer();
  EXPECT_EQ(got.head.status, GetParam().status);
  EXPECT_EQ(got.head.fields.find("content-type"), "application/json");
  EXPECT_EQ(got.head.fields.find("connection"), "close");
  EXPECT_THAT(got.body, testing::HasSubstr("\"code\":\"" + GetParam().code + "\""));
  client.half_close();
  EXPECT_TRUE(client.closed_by_server());
  EXPECT_FALSE(client.was_reset()) << "a reset can take the answer with it";
  EXPECT_EQ(observer.wait_for(0).report.outcome, outcome::rejected);
}

INSTANTIATE_TEST_SUITE_P(
    rows, server_refuses,
    testing::Values(refused{"GET / HTTP/1.1\n\n", 400, "bare_lf"},
                    refused{"GET / HTTP/1.1\r\n\r\n", 400, "missing_host"},
                    refused{get("/", "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n"), 400,
                            "conflicting_framing"},
                    refused{get("/", "Content-Length: 3\r\nContent-Length: 3\r\n"), 400, "repeated_length"},
                    refused{get("/", "a: b\r\n c\r\n"), 400, "obs_fold"},
                    refused{"CONNECT h:1 HTTP/1.1\r\nHost: h:1\r\n\r\n", 501, "connect"},
                    refused{"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505, "bad_version"},
                    refused{get("/" + std::string(9'000, 'x')), 414, "target_too_long"},
                    refused{"GET /" + std::string(70'000, 'x'), 414, "target_too_long"},
                    refused{get("/", "a: " + std::string(70'000, 'x') + "\r\n"), 431, "head_too_large"},
                    refused{"GET / HTTP/1.1\r\na: " + std::string(70'000, 'x'), 431, "head_too_large"},
                    refused{get("/", "Expect: miracles\r\n"), 417, "unknown_expectation"}),
    [](const auto& row) { return row.param.code + "_" + std::to_string(row.index); });

TEST_F(server_test, a_handler_that_throws_is_answered_500_and_the_server_goes_on) {
  handler.now = [](const http::request_head& request) -> std::optional<proxy::answer> {
    if (request.target == "/now") throw std::runtime_error("a bug");
    if (request.target == "/ok") return text_answer("ok");
    return std::nullopt;
  };
  handler.later = [](proxy::exchange& client) -> asio::awaitable<void> {
    if (client.request().target == "/later") throw std::runtime_error("another bug");
    co_return;  // and one that forgets to answer
  };
  const auto port = start();
  for (const auto* target : {"/now", "/later", "/forgotten"}) {
    wire_client client(port);
    client.send(get(target));
    const auto got = client.read_answer();
    EXPECT_EQ(got.head.status, 500) << target;
    EXPECT_THAT(got.body, testing::HasSubstr("internal_error"));
    EXPECT_TRUE(client.closed_by_server());
  }
  EXPECT_EQ(observer.wait_for(2).report.outcome, outcome::error);
  wire_client client(port);
  client.send(get("/ok"));
  EXPECT_EQ(client.read_answer().body, "ok");
}

TEST_F(server_test, a_head_that_does_not_end_in_time_is_answered_408) {
  echo();
  limits.header_timeout = 20ms;
  wire_client client(start());
  client.send("GET / HTTP/1.1\r\nHost: ");
  EXPECT_EQ(client.read_answer().head.status, 408);
  EXPECT_TRUE(client.closed_by_server());
  EXPECT_EQ(observer.wait_for(0).report.outcome, outcome::rejected);
}

TEST_F(server_test, an_idle_connection_is_closed_without_a_word) {
  echo();
  limits.idle_timeout = 20ms;
  wire_client client(start());
  client.send(get("/x"));
  EXPECT_EQ(client.read_answer().head.status, 200);
  EXPECT_TRUE(client.closed_by_server());
  EXPECT_TRUE(observer.wait_for_connections(0));
}

}  // namespace
}  // namespace sidecache::net
