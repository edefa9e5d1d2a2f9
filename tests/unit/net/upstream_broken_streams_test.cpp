// relay() where one side does not do what it should: early answers, broken uploads, clients that leave, gzip unasked.
#include "unit/http/gzip.hpp"
#include "unit/net/upstream_world.hpp"

namespace sidecache::net::in_tests {
namespace {

using http::in_tests::gzip;

class upstream_broken_streams : public upstream_world {
 protected:
  static proxy::upstream_request put(http::framing framing, std::uint64_t length = 0) {
    return with_body(http::method::put, "PUT", framing, length);
  }
};

TEST_F(upstream_broken_streams, an_early_answer_ends_the_upload) {
  std::atomic<bool> left = false;
  scripted_server control_plane({[&](peer& client) {
    client.read_head();
    client.answer("too much", "", "413 Content Too Large");
    left = client.client_leaves();
  }});
  ask_at(control_plane.url());
  body = scripted_body({}, scripted_body::ending::silent);  // would go on for ever
  ASSERT_TRUE(relay(put(http::framing::length, 1'000'000)));
  EXPECT_EQ(sink.head->status, 413u);
  EXPECT_EQ(sink.body, "too much");
  EXPECT_TRUE(sink.finished);
  EXPECT_EQ(origin->relays().idle(), 0u) << "half an upload is still owed on that connection";
  run_until([&] { return control_plane.closed() == 1; });
  EXPECT_TRUE(left);
}

TEST_F(upstream_broken_streams, an_answer_before_the_upload_is_refused_still_arrives) {
  scripted_server control_plane({[](peer& client) {
    client.read_head();
    client.answer("stop", "Connection: close\r\n", "400 Bad Request");
    client.read_bytes(std::size_t{4} << 20U);
  }});
  ask_at(control_plane.url());
  std::deque<std::string> pieces(64, std::string(65536, 'u'));
  body = scripted_body(pieces, scripted_body::ending::silent);
  ASSERT_TRUE(relay(put(http::framing::chunked)));
  EXPECT_EQ(sink.head->status, 400u);
}

TEST_F(upstream_broken_streams, an_upload_that_breaks_off_closes_the_connection_at_once) {
  std::atomic<bool> incomplete = false;
  scripted_server control_plane({[&](peer& client) {
    client.read_head();
    incomplete = client.read_bytes(100).size() < 100;
  }});
  ask_at(control_plane.url());
  body = scripted_body({"abc"}, scripted_body::ending::broken);
  const auto ended = relay(put(http::framing::length, 100));
  EXPECT_EQ(kind_of(ended), "reset");
  EXPECT_TRUE(ended.error().sent);
  run_until([&] { return control_plane.closed() == 1; });
  EXPECT_TRUE(incomplete);
  EXPECT_TRUE(observer.codes.empty()) << "the client's doing is no attempt that failed";
}

TEST_F(upstream_broken_streams, a_body_that_is_not_as_long_as_announced_is_broken_off) {
  scripted_server control_plane({[](peer& client) {
    client.read_head();
    client.client_leaves();
  }});
  ask_at(control_plane.url());
  body = scripted_body({"abc"});
  EXPECT_EQ(kind_of(relay(put(http::framing::length, 4))), "reset");
  body = scripted_body({"abcde"});
  EXPECT_EQ(kind_of(relay(put(http::framing::length, 4))), "reset");
  EXPECT_TRUE(observer.codes.empty()) << "the control plane was not even waited for";
}

TEST_F(upstream_broken_streams, a_client_that_takes_no_more_ends_the_stream) {
  std::atomic<bool> noticed = false;
  scripted_server control_plane({[&](peer& client) {
    client.read_head();
    client.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n.\r\n");
    noticed = client.client_leaves();
  }});
  ask_at(control_plane.url());
  sink.leave_after_write = true;
  EXPECT_FALSE(relay());
  run_until([&] { return control_plane.closed() == 1; });
  EXPECT_TRUE(noticed);
  sink.leave_at_start = true;
  EXPECT_FALSE(relay());
}

TEST_F(upstream_broken_streams, a_write_is_never_sent_again_but_a_get_is) {
  std::atomic<int> puts = 0;
  const script dies_after_one = [&](peer& client) {
    client.read_head();
    client.answer("1");
    if (client.read_head().starts_with("PUT")) ++puts;
  };
  const script answers = [&](peer& client) {
    if (client.read_head().starts_with("PUT")) ++puts;
    client.answer("2");
    client.client_leaves();
  };
  {
    scripted_server control_plane({dies_after_one, answers});
    ask_at(control_plane.url());
    ASSERT_TRUE(relay());
    ASSERT_TRUE(relay());
    EXPECT_EQ(control_plane.connections(), 2);
    EXPECT_EQ(sink.body, "12");
  }
  scripted_server control_plane({dies_after_one, answers});
  ask_at(control_plane.url());
  ASSERT_TRUE(relay());
  const auto ended = relay(put(http::framing::none));
  EXPECT_EQ(kind_of(ended), "reset");
  EXPECT_TRUE(ended.error().sent);
  EXPECT_EQ(puts, 1);
}

TEST_F(upstream_broken_streams, gzip_is_undone_only_for_those_who_did_not_ask) {
  const std::string plain = "event one\nevent two\n";
  const auto packed = gzip(plain);
  scripted_server control_plane({[&](peer& client) {
    while (!client.read_head().empty()) client.answer(packed, "Content-Encoding: gzip\r\nETag: \"a\"\r\n");
  }});
  ask_at(control_plane.url());
  ASSERT_TRUE(relay());
  EXPECT_EQ(sink.body, plain);
  EXPECT_EQ(sink.head->body, http::framing::chunked);
  EXPECT_FALSE(sink.head->fields.contains("Content-Length"));
  EXPECT_EQ(sink.head->fields.find("ETag"), "W/\"a\"");

  sink = {};
  auto request = get();
  request.fields.add("Accept-Encoding", "gzip, deflate");
  ASSERT_TRUE(relay(std::move(request)));
  EXPECT_EQ(sink.body, packed);
  EXPECT_EQ(sink.head->content_length, packed.size());
  EXPECT_EQ(sink.head->fields.find("Content-Encoding"), "gzip");
}

TEST_F(upstream_broken_streams, gzip_that_breaks_off_is_never_a_complete_answer) {
  const auto packed = gzip("a body that is cut");
  scripted_server control_plane({[&](peer& client) {
    client.read_head();
    client.answer(packed.substr(0, packed.size() - 4), "Content-Encoding: gzip\r\n");
    client.client_leaves();
  }});
  ask_at(control_plane.url());
  EXPECT_EQ(kind_of(relay()), "protocol");
  EXPECT_FALSE(sink.finished);
}

TEST_F(upstream_broken_streams, an_upload_that_breaks_off_closes_the_connection_though_the_client_holds_the_answer) {
  scripted_server control_plane({[](peer& client) {
    client.read_head();
    client.send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nstarted");
    client.client_leaves();
  }});
  ask_at(control_plane.url());
  bool writing = false;
  body = scripted_body({}, scripted_body::ending::silent_then_broken);
  body.silent_until = [&] { return writing; };
  sink.holds_write_until = [&] {
    writing = true;
    return control_plane.closed() == 1;
  };
  EXPECT_EQ(kind_of(relay(with_body(http::method::put, "PUT", http::framing::length, 100))), "reset");
}

TEST_F(upstream_broken_streams, an_upload_that_breaks_off_ends_the_answer_that_nobody_takes) {
  scripted_server control_plane({[](peer& client) {
    client.read_head();
    client.send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nstarted");
    client.client_leaves();
  }});
  ask_at(control_plane.url());
  body = scripted_body({}, scripted_body::ending::silent_then_broken);
  body.silent_until = [&] { return !sink.pieces.empty(); };
  sink.holds_write_until_cancelled = true;
  EXPECT_EQ(kind_of(relay(with_body(http::method::put, "PUT", http::framing::length, 100))), "reset");
  EXPECT_EQ(origin->relays().idle(), 0u);
}

}  // namespace
}  // namespace sidecache::net::in_tests
