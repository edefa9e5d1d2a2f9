// fetch(): the whole answer or a named failure, over plain sockets.
#include <future>

#include "unit/net/upstream_world.hpp"

namespace sidecache::net::in_tests {
namespace {

class upstream_fetch : public upstream_world {};

TEST_F(upstream_fetch, asks_and_hands_back_the_whole_answer) {
  std::string seen;
  scripted_server control_plane({[&](peer& client) {
    seen = client.read_head();
    client.answer(R"({"slug":"x"})", "ETag: \"1\"\r\nContent-Type: application/json\r\n");
  }});
  ask_at(control_plane.url() + "/albus");
  auto request = get("/v2/virtual-keys/x?workspace_id=1");
  request.fields.add("Authorization", "k1");

  const auto answer = fetch(std::move(request));

  ASSERT_TRUE(answer) << answer.error().detail;
  EXPECT_EQ(answer->head.status, 200u);
  EXPECT_EQ(answer->head.fields.find("etag"), "\"1\"");
  EXPECT_EQ(answer->body, R"({"slug":"x"})");
  EXPECT_EQ(seen, "GET /albus/v2/virtual-keys/x?workspace_id=1 HTTP/1.1\r\nHost: 127.0.0.1:" +
                      std::to_string(control_plane.port()) + "\r\nAuthorization: k1\r\n\r\n");
  EXPECT_EQ(observer.codes, std::vector<std::string>{"200"});
  EXPECT_EQ(observer.routes, std::vector{http::route::virtual_keys});
}

TEST_F(upstream_fetch, one_connection_serves_many_requests) {
  scripted_server control_plane({[](peer& client) {
    while (!client.read_head().empty()) client.answer("{}");
  }});
  ask_at(control_plane.url());
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(fetch());
  EXPECT_EQ(control_plane.connections(), 1);
  EXPECT_EQ(open(proxy::connection_state::idle), 1);
  EXPECT_EQ(open(proxy::connection_state::active), 0);
  EXPECT_EQ(open(proxy::connection_state::connecting), 0);
}

TEST_F(upstream_fetch, reads_chunks_and_bodies_that_end_with_the_connection) {
  scripted_server control_plane({[](peer& client) {
                                   client.read_head();
                                   client.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
                                   client.send("2;x=y\r\nde\r\n0\r\nX-Trailer: 1\r\n\r\n");
                                   client.read_head();
                                   client.send("HTTP/1.1 200 OK\r\n\r\nto the ");
                                   client.send("end");
                                 },
                                 [](peer& client) {
                                   client.read_head();
                                   client.send("HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok");
                                   client.client_leaves();
                                 }});
  ask_at(control_plane.url());
  EXPECT_EQ(fetch()->body, "abcde");
  EXPECT_EQ(fetch()->body, "to the end");
  EXPECT_EQ(control_plane.connections(), 1) << "a chunked answer leaves the connection fit for use";
  EXPECT_EQ(fetch()->body, "ok");
  EXPECT_EQ(origin->lookups().idle(), 0u) << "HTTP/1.0 keeps nothing alive";
}

TEST_F(upstream_fetch, heads_have_no_body_whatever_they_say) {
  scripted_server control_plane({[](peer& client) {
    client.read_head();
    client.send("HTTP/1.1 200 OK\r\nContent-Length: 12345\r\n\r\n");
    client.read_head();
    client.send("HTTP/1.1 304 Not Modified\r\nContent-Length: 77\r\nETag: \"1\"\r\n\r\n");
    client.read_head();
    client.send("HTTP/1.1 204 No Content\r\n\r\n");
    client.client_leaves();
  }});
  ask_at(control_plane.url());
  auto request = get();
  request.method = http::method::head;
  request.method_name = "HEAD";
  const auto answer = fetch(std::move(request), 100);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->body, "");
  EXPECT_EQ(answer->head.content_length, 12345u);
  EXPECT_EQ(fetch()->head.status, 304u);
  EXPECT_EQ(fetch()->head.status, 204u);
  EXPECT_EQ(control_plane.connections(), 1);
}

TEST_F(upstream_fetch, reads_over_interim_answers) {
  scripted_server control_plane({[](peer& client) {
    client.read_head();
    client.send(
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 102 Processing\r\n");
    client.send("\r\n");
    client.answer("final");
    client.client_leaves();
  }});
  ask_at(control_plane.url());
  const auto answer = fetch();
  ASSERT_TRUE(answer) << answer.error().detail;
  EXPECT_EQ(answer->head.status, 200u);
  EXPECT_EQ(answer->body, "final");
  EXPECT_FALSE(answer->head.fields.contains("Link"));
}

TEST_F(upstream_fetch, a_pooled_connection_closed_while_idle_is_not_used) {
  std::promise<void> closed;
  scripted_server control_plane({[](peer& client) {
                                   client.read_head();
                                   client.answer("1");
                                 },
                                 [](peer& client) {
                                   client.read_head();
                                   client.answer("2");
                                   client.client_leaves();
                                 }});
  ask_at(control_plane.url());
  EXPECT_EQ(fetch()->body, "1");
  EXPECT_EQ(origin->lookups().idle(), 1u);
  run_until([&] { return control_plane.closed() == 1; });
  EXPECT_EQ(fetch()->body, "2");
  EXPECT_EQ(observer.codes, (std::vector<std::string>{"200", "200"})) << "no attempt was spent on the dead one";
}

TEST_F(upstream_fetch, a_get_that_meets_a_dying_connection_is_sent_once_more) {
  scripted_server control_plane({[](peer& client) {
                                   client.read_head();
                                   client.answer("1");
                                   client.read_head();
                                   client.reset_at_end();
                                 },
                                 [](peer& client) {
                                   client.read_head();
                                   client.answer("2");
                                   client.client_leaves();
                                 }});
  ask_at(control_plane.url());
  EXPECT_EQ(fetch()->body, "1");
  const auto answer = fetch();
  ASSERT_TRUE(answer) << answer.error().detail;
  EXPECT_EQ(answer->body, "2");
  EXPECT_EQ(observer.codes, (std::vector<std::string>{"200", "reset", "200"}));
}

TEST_F(upstream_fetch, a_get_is_not_sent_a_third_time_nor_twice_on_fresh_connections) {
  scripted_server control_plane({[](peer& client) {
                                   client.read_head();
                                   client.answer("1");
                                   client.read_head();
                                 },
                                 [](peer& client) { client.read_head(); }});
  ask_at(control_plane.url());
  EXPECT_EQ(fetch()->body, "1");
  EXPECT_EQ(kind_of(fetch()), "reset") << "second and third try fail";
  EXPECT_EQ(control_plane.connections(), 2);
  const auto fresh = fetch();
  EXPECT_EQ(kind_of(fresh), "reset");
  EXPECT_TRUE(fresh.error().sent);
  EXPECT_EQ(control_plane.connections(), 3);
}

TEST_F(upstream_fetch, a_get_that_was_half_answered_is_not_sent_again) {
  scripted_server control_plane({[](peer& client) {
    client.read_head();
    client.answer("1");
    client.read_head();
    client.send("HTTP/1.1 200 OK\r\nContent-Le");
  }});
  ask_at(control_plane.url());
  EXPECT_EQ(fetch()->body, "1");
  EXPECT_EQ(kind_of(fetch()), "reset");
  EXPECT_EQ(control_plane.connections(), 1);
}

TEST_F(upstream_fetch, the_time_for_all_of_it_is_limited) {
  settings.request_timeout = 150ms;
  scripted_server control_plane({[](peer& client) {
                                   client.read_head();
                                   client.client_leaves();
                                 },
                                 [](peer& client) {
                                   client.read_head();
                                   client.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
                                   client.client_leaves();
                                 },
                                 [](peer& client) {  // never silent for long, and never done
                                   client.read_head();
                                   client.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
                                   while (client.send("1\r\n.\r\n")) std::this_thread::yield();
                                 }});
  ask_at(control_plane.url());
  for (int i = 0; i < 3; ++i) {
    const auto answer = fetch(get(), std::uint64_t{1} << 40U);
    EXPECT_EQ(kind_of(answer), "timeout");
    EXPECT_TRUE(answer.error().sent);
  }
  EXPECT_EQ(observer.codes, (std::vector<std::string>{"timeout", "timeout", "timeout"}));
}

TEST_F(upstream_fetch, idle_connections_are_closed_after_a_while) {
  settings.idle_timeout = 5ms;
  std::promise<bool> left;
  scripted_server control_plane({[&](peer& client) {
    client.read_head();
    client.answer("1");
    left.set_value(client.client_leaves());
  }});
  ask_at(control_plane.url());
  ASSERT_TRUE(fetch());
  run_until([&] { return origin->lookups().idle() == 0; });
  EXPECT_TRUE(left.get_future().get());
  EXPECT_EQ(open(proxy::connection_state::idle), 0);
}

TEST_F(upstream_fetch, leaves_nothing_open_when_it_ends) {
  scripted_server control_plane({[](peer& client) {
    client.read_head();
    client.answer("1");
    client.read_head();
    client.client_leaves();
  }});
  ask_at(control_plane.url());
  ASSERT_TRUE(fetch());
  const auto unfinished = begin(origin->fetch(get(), 100));
  run_until([&] { return open(proxy::connection_state::active) == 1; });
  origin.reset();  // with a request under way: the frame goes down with the context
  EXPECT_FALSE(unfinished->has_value());
}

TEST_F(upstream_fetch, asks_over_ipv6) {
  const std::vector<script> answers{[](peer& client) {
    client.read_head();
    client.answer("six");
  }};
  const scripted_server control_plane(answers, nullptr, true);
  ask_at(control_plane.url());
  EXPECT_EQ(fetch()->body, "six");
}

}  // namespace
}  // namespace sidecache::net::in_tests
