// A control plane that lies, breaks off, floods: every one of it is a named failure, never half an answer.
#include "unit/http/gzip.hpp"
#include "unit/net/upstream_world.hpp"

namespace sidecache::net::in_tests {
namespace {

using http::in_tests::gzip;

class upstream_bad_answers : public upstream_world {
 protected:
  /// What fetch() makes of an answer after which the control plane closes the connection.
  std::expected<proxy::upstream_answer, proxy::failure> fetch_from(std::string bytes, std::uint64_t limit = 1 << 20) {
    server = std::make_unique<scripted_server>(std::vector<script>{[bytes](peer& client) {
      client.read_head();
      client.send(bytes);
    }});
    ask_at(server->url());
    auto answer = fetch(get(), limit);
    if (!answer) {
      EXPECT_TRUE(answer.error().sent);
      EXPECT_EQ(origin->lookups().idle(), 0u);
    }
    origin.reset();
    return answer;
  }

  std::unique_ptr<scripted_server> server;
};

TEST_F(upstream_bad_answers, an_unfinished_message_is_a_reset) {
  for (const auto* bytes : {
           "",
           "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n",
           "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n",
           "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n123456789",
           "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
           "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nA\r\n12345",
           "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n12345\r\n",
           "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n12345\r\n0\r\n",
           "HTTP/1.1 100 Continue\r\n\r\n",
       })
    EXPECT_EQ(kind_of(fetch_from(bytes)), "reset") << bytes;
}

TEST_F(upstream_bad_answers, what_is_not_unambiguous_http_is_a_protocol_failure) {
  for (const auto* bytes : {
           "<html>hello</html>\r\n\r\n",
           "SSH-2.0-OpenSSH\r\n\r\n",
           "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
           "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
           "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
           "HTTP/1.1 200 OK\r\nContent-Length: +3\r\n\r\nabc",
           "HTTP/1.1 200 OK\nContent-Length: 3\n\nabc",
           "HTTP/1.1 200 OK\r\nA: b\r\n c\r\nContent-Length: 0\r\n\r\n",
           "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
           "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\n",
           "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n",
           "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
           "HTTP/2 200 OK\r\n\r\n",
       })
    EXPECT_EQ(kind_of(fetch_from(bytes)), "protocol") << bytes;
}

TEST_F(upstream_bad_answers, html_is_an_answer_like_any_other_here) {
  const auto answer = fetch_from("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 6\r\n\r\n<html>");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->body, "<html>");
}

TEST_F(upstream_bad_answers, heads_are_limited) {
  std::string many = "HTTP/1.1 200 OK\r\n";
  for (int i = 0; i < 100'000; ++i) many += "X-" + std::to_string(i) + ": 1\r\n";
  EXPECT_EQ(kind_of(fetch_from(many + "\r\n")), "protocol");

  EXPECT_EQ(kind_of(fetch_from("HTTP/1.1 200 OK\r\nX: " + std::string(70'000, 'x'))), "protocol");

  std::string interim;
  for (int i = 0; i < 4'000; ++i) interim += "HTTP/1.1 100 Continue\r\n\r\n";
  EXPECT_EQ(kind_of(fetch_from(interim)), "protocol");

  const std::string large = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX: " + std::string(60'000, 'x') + "\r\n\r\nok";
  EXPECT_EQ(kind_of(fetch_from(large)), "answer") << "60 KB of head are within the limit";
}

TEST_F(upstream_bad_answers, a_body_over_the_limit_is_too_large_and_the_connection_dropped) {
  EXPECT_EQ(kind_of(fetch_from("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nabcd", 4)), "answer");
  EXPECT_EQ(kind_of(fetch_from("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabcde", 4)), "too_large");
  EXPECT_EQ(kind_of(fetch_from("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n0\r\n\r\n", 4)),
            "too_large");
  EXPECT_EQ(kind_of(fetch_from("HTTP/1.1 200 OK\r\n\r\nabcde", 4)), "too_large");
}

TEST_F(upstream_bad_answers, an_endless_body_ends_at_the_limit) {
  bool stopped = false;
  {
    scripted_server control_plane({[&](peer& client) {
      client.read_head();
      client.send("HTTP/1.1 200 OK\r\nContent-Length: 1099511627776\r\n\r\n");
      const std::string block(65536, 'x');
      while (client.send(block)) {
      }
      stopped = true;
    }});
    ask_at(control_plane.url());
    EXPECT_EQ(kind_of(fetch(get(), 1 << 20)), "too_large");
  }
  EXPECT_TRUE(stopped);
}

TEST_F(upstream_bad_answers, more_than_the_answer_makes_the_connection_unfit) {
  scripted_server control_plane({[](peer& client) {
    client.read_head();
    client.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil");
    client.client_leaves();
  }});
  ask_at(control_plane.url());
  EXPECT_EQ(fetch()->body, "ok");
  EXPECT_EQ(origin->lookups().idle(), 0u);
}

TEST_F(upstream_bad_answers, what_comes_unasked_between_two_requests_makes_the_connection_unfit) {
  std::atomic<bool> unasked = false;
  scripted_server control_plane({[&](peer& client) {
                                   client.read_head();
                                   client.answer("ok");
                                   client.send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil");
                                   unasked = true;
                                   client.client_leaves();
                                 },
                                 [](peer& client) {
                                   client.read_head();
                                   client.answer("honest");
                                 }});
  ask_at(control_plane.url());
  EXPECT_EQ(fetch()->body, "ok");
  run_until([&] { return unasked.load(); });
  EXPECT_EQ(fetch()->body, "honest");
}

TEST_F(upstream_bad_answers, connection_close_is_obeyed) {
  scripted_server control_plane({[](peer& client) {
    client.read_head();
    client.answer("ok", "Connection: Keep-Alive, CLOSE\r\n");
    client.client_leaves();
  }});
  ask_at(control_plane.url());
  EXPECT_EQ(fetch()->body, "ok");
  EXPECT_EQ(origin->lookups().idle(), 0u);
}

std::string packed_answer(const std::string& body, std::string_view fields = "") {
  return "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nETag: \"1\"\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\n" + std::string(fields) + "\r\n" + body;
}

TEST_F(upstream_bad_answers, gzip_is_undone) {
  const auto answer = fetch_from(packed_answer(gzip("{\"slug\":\"x\"}")));
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->body, "{\"slug\":\"x\"}");
  EXPECT_EQ(answer->head.body, http::framing::length);
  EXPECT_EQ(answer->head.content_length, 12u);
  EXPECT_EQ(answer->head.fields.joined("Content-Length"), "12");
  EXPECT_FALSE(answer->head.fields.contains("Content-Encoding"));
  EXPECT_EQ(answer->head.fields.find("ETag"), "W/\"1\"");
}

TEST_F(upstream_bad_answers, gzip_is_left_where_it_must_not_be_undone) {
  const auto packed = gzip("{}");
  const auto answer = fetch_from(packed_answer(packed, "Cache-Control: no-transform\r\n"));
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->body, packed);
  EXPECT_EQ(answer->head.fields.find("ETag"), "\"1\"");
  EXPECT_EQ(answer->head.fields.find("Content-Encoding"), "gzip");
}

TEST_F(upstream_bad_answers, a_gzip_bomb_is_too_large) {
  const auto bomb = gzip(std::string(std::size_t{8} << 20U, '\0'));
  ASSERT_LT(bomb.size(), 1u << 20U);
  EXPECT_EQ(kind_of(fetch_from(packed_answer(bomb))), "too_large");
}

TEST_F(upstream_bad_answers, broken_gzip_is_a_protocol_failure) {
  EXPECT_EQ(kind_of(fetch_from(packed_answer("not gzip"))), "protocol");
  const auto packed = gzip("a body that is cut");
  EXPECT_EQ(kind_of(fetch_from(packed_answer(packed.substr(0, packed.size() - 3)))), "protocol");
}

}  // namespace
}  // namespace sidecache::net::in_tests
