// relay(): one request streamed up and its answer streamed down, both at once, in bounded memory.
#include <future>

#include "unit/net/upstream_world.hpp"

namespace sidecache::net::in_tests {
namespace {

class upstream_streams : public upstream_world {
 protected:
  static proxy::upstream_request put(http::framing framing, std::uint64_t length = 0) {
    return with_body(http::method::put, "PUT", framing, length);
  }
  /// As if nothing had happened for so long: what is armed for less expires.
  void let_pass(duration time) { sweep.expire(std::chrono::steady_clock::now() + time); }
};

TEST_F(upstream_streams, an_answer_is_handed_on_head_first) {
  scripted_server control_plane({[](peer& client) {
    client.read_head();
    client.answer("[]", "Content-Type: application/json\r\nConnection: keep-alive\r\n", "207 Odd");
    client.client_leaves();
  }});
  ask_at(control_plane.url());
  ASSERT_TRUE(relay());
  EXPECT_EQ(sink.head->status, 207u);
  EXPECT_EQ(sink.head->content_length, 2u);
  EXPECT_EQ(sink.body, "[]");
  EXPECT_TRUE(sink.finished);
  EXPECT_EQ(origin->relays().idle(), 1u);
  EXPECT_EQ(origin->lookups().idle(), 0u);
  EXPECT_EQ(observer.codes, std::vector<std::string>{"207"});
}

TEST_F(upstream_streams, an_upload_keeps_its_framing) {
  std::vector<std::string> seen;
  scripted_server control_plane({[&](peer& client) {
    for (const std::size_t size : {std::size_t{7}, std::size_t{23 + 5}}) {
      seen.push_back(client.read_head());
      seen.push_back(client.read_bytes(size));
      client.answer("{}");
    }
    client.client_leaves();
  }});
  ask_at(control_plane.url());
  body = scripted_body({"abc", "defg"});
  ASSERT_TRUE(relay(put(http::framing::length, 7)));
  body = scripted_body({"abc", "0123456789"});
  ASSERT_TRUE(relay(with_body(http::method::del, "DELETE", http::framing::chunked)));
  EXPECT_EQ(control_plane.connections(), 1);
  EXPECT_NE(seen[0].find("Content-Length: 7\r\n"), std::string::npos);
  EXPECT_EQ(seen[1], "abcdefg");
  EXPECT_NE(seen[2].find("Transfer-Encoding: chunked\r\n"), std::string::npos);
  EXPECT_EQ(seen[3], "3\r\nabc\r\na\r\n0123456789\r\n0\r\n\r\n");
}

TEST_F(upstream_streams, both_directions_go_on_at_once) {
  scripted_server control_plane({[](peer& client) {
    client.read_head();
    client.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (int i = 0; i < 3; ++i) client.send("3\r\n" + client.read_bytes(3) + "\r\n");
    client.send("0\r\n\r\n");
    client.client_leaves();
  }});
  ask_at(control_plane.url());
  // The client sends the end of its body only when the echo of what came before is back.
  body = scripted_body({"one", "two", "six"}, scripted_body::ending::silent);
  body.silent_until = [&] { return sink.body == "onetwosix"; };
  ASSERT_TRUE(relay(put(http::framing::length, 9)));
  EXPECT_EQ(sink.body, "onetwosix");
}

TEST_F(upstream_streams, events_are_handed_on_one_by_one) {
  settings.request_timeout = 1h;  // of the head alone: the stream lives longer
  settings.stall_timeout = 3h;
  std::atomic<int> handed_on = 0;
  scripted_server control_plane({[&](peer& client) {
    client.read_head();
    client.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (int i = 0; i < 3; ++i) {
      client.send("9\r\ndata: x\n\n\r\n");
      while (handed_on <= i) std::this_thread::yield();
    }
    client.send("0\r\nX-Last: 1\r\n\r\n");
    client.client_leaves();
  }});
  ask_at(control_plane.url());
  sink.on_write = [&](collecting_sink&) {
    asio::post(context, [&] {  // once the next event is waited for
      let_pass(2h);
      ++handed_on;
    });
  };
  const auto ended = relay();
  handed_on = 3;  // whatever came: the script must end
  ASSERT_TRUE(ended) << ended.error().detail;
  EXPECT_EQ(sink.pieces, std::vector<std::string>(3, "data: x\n\n"));
  EXPECT_EQ(sink.trailers.find("X-Last"), "1");
}

TEST_F(upstream_streams, nothing_of_an_upload_limits_the_answer_after_it) {
  settings.stall_timeout = 1h;
  std::atomic<bool> handed_on = false;
  scripted_server control_plane({[&](peer& client) {
    client.read_head();
    client.read_bytes(std::string_view("3\r\nabc\r\n0\r\n\r\n").size());
    client.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{");
    handed_on.wait(false);
    client.send("}");
    client.client_leaves();
  }});
  ask_at(control_plane.url());
  body = scripted_body({"abc"});
  sink.on_write = [&](collecting_sink&) {
    let_pass(2h);
    handed_on = true;
    handed_on.notify_one();
  };
  const auto ended = relay(put(http::framing::chunked));
  EXPECT_TRUE(ended) << ended.error().detail;
  EXPECT_TRUE(sink.finished);
}

TEST_F(upstream_streams, a_stream_that_stalls_is_given_up) {
  settings.stall_timeout = 20ms;
  scripted_server control_plane({[](peer& client) {
    client.read_head();
    client.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
    client.client_leaves();
  }});
  ask_at(control_plane.url());
  EXPECT_EQ(kind_of(relay()), "timeout");
  EXPECT_EQ(sink.body, "half");
  EXPECT_FALSE(sink.finished) << "the client must be able to tell that it is not all";
}

TEST_F(upstream_streams, the_head_is_waited_for_so_long_after_the_upload) {
  settings.request_timeout = 30ms;
  scripted_server control_plane({[](peer& client) {
    client.read_head();
    client.read_bytes(3);
    client.client_leaves();
  }});
  ask_at(control_plane.url());
  body = scripted_body({"abc"});
  const auto ended = relay(put(http::framing::length, 3));
  EXPECT_EQ(kind_of(ended), "timeout");
  EXPECT_TRUE(ended.error().sent);
  EXPECT_FALSE(sink.head);
}

TEST_F(upstream_streams, an_upload_that_is_taken_too_slowly_is_given_up_though_it_never_stalls) {
  settings.pace = {.bytes_per_second = 1'000'000'000'000, .grace = 1ms};  // nobody is as fast as that
  std::atomic<std::size_t> taken = 0;
  scripted_server control_plane({[&](peer& client) {
    client.read_head();
    while (const auto size = client.read_bytes(1000).size()) taken += size;
  }});
  ask_at(control_plane.url());
  body = scripted_body(std::deque<std::string>(400, std::string(100'000, 'x')));
  EXPECT_EQ(kind_of(relay(with_body(http::method::post, "POST", http::framing::chunked))), "timeout");
  EXPECT_GT(taken, 0u);
  EXPECT_LT(taken, 400u * 100'000) << "it was given up before its end";
}

TEST_F(upstream_streams, a_slow_upload_is_not_the_control_planes_failure) {
  scripted_server control_plane({[](peer& client) {
    client.read_head();
    client.read_bytes(3);
    client.answer("{}");
    client.client_leaves();
  }});
  ask_at(control_plane.url());
  body = scripted_body({"abc"}, scripted_body::ending::silent);
  int asked = 0;
  body.silent_until = [&] {
    let_pass(24h);
    return ++asked == 3;
  };
  const auto ended = relay(with_body(http::method::post, "POST", http::framing::length, 3));
  ASSERT_TRUE(ended) << ended.error().detail;
  EXPECT_EQ(sink.body, "{}");
}

TEST_F(upstream_streams, a_reader_that_waits_holds_the_control_plane_back) {
  std::atomic<std::size_t> sent = 0;
  scripted_server control_plane({[&](peer& client) {
    client.read_head();
    client.send("HTTP/1.1 200 OK\r\n\r\n");
    const std::string block(std::size_t{1} << 20U, 'x');
    for (int i = 0; i < 256 && client.send(block); ++i) sent += block.size();
  }});
  ask_at(control_plane.url());
  class stopping_sink final : public proxy::answer_sink {
   public:
    explicit stopping_sink(asio::io_context& context) : gate(context) { gate.expires_at(mono_time::max()); }
    asio::awaitable<boost::system::error_code> start(http::response_head& /*head*/) override {
      co_return boost::system::error_code{};
    }
    asio::awaitable<boost::system::error_code> write(std::string_view piece) override {
      ++pieces;
      largest = std::max(largest, piece.size());
      co_await gate.async_wait(asio::as_tuple(asio::use_awaitable));
      co_return boost::system::error_code{};
    }
    asio::awaitable<boost::system::error_code> finish(const http::fields& /*trailers*/) override {
      co_return boost::system::error_code{};
    }
    asio::steady_timer gate;
    int pieces = 0;
    std::size_t largest = 0;
  } slow(context);
  const auto ended = begin(origin->relay(get(), body, slow));
  run_until([&] { return slow.pieces == 1; });
  // The control plane goes on until the sockets between us are full, and no further.
  for (std::size_t before = 1; before != sent;) {
    before = sent;
    const auto until = std::chrono::steady_clock::now() + 50ms;
    run_until([&] { return std::chrono::steady_clock::now() > until; });
  }
  EXPECT_LT(sent, std::size_t{64} << 20U);
  EXPECT_EQ(slow.pieces, 1);
  slow.gate.expires_at(mono_time::min());
  run_until([&] { return ended->has_value(); });
  EXPECT_TRUE(**ended);
  EXPECT_LE(slow.largest, std::size_t{64} * 1024);
}

class counting_starts final : public proxy::answer_sink {
 public:
  asio::awaitable<boost::system::error_code> start(http::response_head& head) override { return start_with(head, {}); }
  asio::awaitable<boost::system::error_code> start_with(http::response_head& /*head*/,
                                                        std::string_view piece) override {
    with_head.emplace(piece);
    co_return boost::system::error_code{};
  }
  asio::awaitable<boost::system::error_code> write(std::string_view piece) override {
    later.append(piece);
    co_return boost::system::error_code{};
  }
  asio::awaitable<boost::system::error_code> finish(const http::fields& /*trailers*/) override {
    co_return boost::system::error_code{};
  }

  std::optional<std::string> with_head;
  std::string later;
};

TEST_F(upstream_streams, what_came_with_the_head_goes_on_with_it) {
  scripted_server control_plane({[](peer& client) {
    client.read_head();
    client.send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nabcd");
    client.client_leaves();
  }});
  ask_at(control_plane.url());
  counting_starts to;
  EXPECT_TRUE(run(origin->relay(get(), body, to)));
  EXPECT_EQ(to.with_head.value_or("") + "|" + to.later, "abcd|");
}

TEST_F(upstream_streams, a_head_does_not_wait_for_a_body) {
  std::promise<void> seen;
  scripted_server control_plane({[&](peer& client) {
    client.read_head();
    client.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1");
    seen.get_future().wait();
    client.send("\r\na\r\n0\r\n\r\n");
    client.client_leaves();
  }});
  ask_at(control_plane.url());
  counting_starts to;
  const auto ended = begin(origin->relay(get(), body, to));
  run_until([&] { return to.with_head.has_value(); });
  EXPECT_EQ(to.with_head, "") << "half a chunk's size is nothing to hand on";
  seen.set_value();
  run_until([&] { return ended->has_value(); });
  EXPECT_TRUE(**ended);
  EXPECT_EQ(to.later, "a");
}

TEST_F(upstream_streams, a_client_may_take_its_time_with_the_answer) {
  scripted_server control_plane({[](peer& client) {
    client.read_head();
    client.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n");
    client.send("1\r\nb\r\n0\r\n\r\n");
    client.client_leaves();
  }});
  ask_at(control_plane.url());
  int asked = 0;
  sink.holds_write_until = [&] {
    let_pass(24h);
    return ++asked % 3 == 0;
  };
  const auto ended = relay();
  ASSERT_TRUE(ended) << ended.error().detail;
  EXPECT_EQ(sink.body, "ab");
}

}  // namespace
}  // namespace sidecache::net::in_tests
