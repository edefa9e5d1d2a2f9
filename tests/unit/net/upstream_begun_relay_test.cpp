// begin_relay(): a GET that is sent without a coroutine, and what becomes of it when its answer is not there at once.
#include "unit/net/begun_requests.hpp"

namespace sidecache::net::in_tests {
namespace {

class upstream_begins : public upstream_world {
 protected:
  static constexpr std::string_view lines = "x-portkey-api-key: k\r\nAccept: */*\r\n";

  /// A connection is kept after this.
  void warm() { ASSERT_TRUE(relay()); }
  std::unique_ptr<proxy::begun_relay> begin_relay(bool gzip = false) {
    return origin->begin_relay({.target = "/v1/x", .lines = lines, .route = http::route::other, .accepts_gzip = gzip},
                               told);
  }
  /// Runs until something has come.
  std::unique_ptr<proxy::begun_relay> begun(bool gzip = false) {
    auto made = begin_relay(gzip);
    EXPECT_TRUE(made);
    const int before = told->times;
    if (made) run_until([&] { return told->times > before; });
    return made;
  }
  /// "200 body", or "" if it is left to go_on().
  static std::string taken(proxy::begun_relay& relay) {
    std::string head;
    const auto whole = relay.take(head);
    return whole ? std::to_string(whole->head.status) + " " + std::string(whole->body) : "";
  }
  std::expected<void, proxy::failure> gone_on(proxy::begun_relay& relay) {
    sink.body.clear();
    auto request = get("/v1/x");
    request.fields.add("x-portkey-api-key", "k");
    return run(relay.go_on(std::move(request), body, sink));
  }
  std::shared_ptr<told_of_answers> told = std::make_shared<told_of_answers>();
};

TEST_F(upstream_begins, a_whole_answer_is_taken_as_it_came) {
  std::vector<std::string> heads;
  scripted_server control_plane({after_one([&](peer& client) {
    for (int i = 0; i < 3; ++i) {
      heads.push_back(client.read_head());
      client.answer(i == 1 ? "" : "[1]", "Connection: keep-alive\r\n", i == 2 ? "404 No" : "200 OK");
    }
  })});
  ask_at(control_plane.url() + "/base");
  warm();
  EXPECT_EQ(taken(*begun()), "200 [1]");
  EXPECT_EQ(taken(*begun()), "200 ");
  EXPECT_EQ(taken(*begun()), "404 [1]");
  EXPECT_EQ(origin->relays().idle(), 1U) << "one connection for all";
  EXPECT_EQ(control_plane.connections(), 1);
  EXPECT_EQ(told->times, 3);
  EXPECT_EQ(observer.codes, (std::vector<std::string>{"200", "200", "200", "404"}));
  const std::string host = control_plane.url().substr(std::string_view("http://").size());
  EXPECT_EQ(heads.front(), "GET /base/v1/x HTTP/1.1\r\nHost: " + host + "\r\n" + std::string(lines) + "\r\n");
}

TEST_F(upstream_begins, only_on_a_connection_that_is_kept) {
  scripted_server control_plane({after_one([](peer& /*client*/) {})});
  ask_at(control_plane.url());
  EXPECT_FALSE(begin_relay());
  EXPECT_EQ(control_plane.connections(), 0);
  warm();
  EXPECT_TRUE(begin_relay());
}

TEST_F(upstream_begins, what_is_given_up_closes_its_connection) {
  std::atomic<bool> left = false;
  scripted_server control_plane({after_one([&](peer& client) {
    client.read_head();
    left = client.client_leaves();
  })});
  ask_at(control_plane.url());
  warm();
  auto relay = begin_relay();
  ASSERT_TRUE(relay);
  relay.reset();
  run_until([&] { return left.load() && told.use_count() == 1; });  // nobody waits any more
  EXPECT_EQ(told->times, 0);
  EXPECT_EQ(observer.codes, std::vector<std::string>{"200"}) << "nobody's failure";
  EXPECT_EQ(open(proxy::connection_state::active), 0);
}

TEST_F(upstream_begins, so_does_what_is_given_up_while_it_is_read) {
  std::atomic<bool> asked = false;
  std::atomic<bool> left = false;
  scripted_server control_plane({after_one([&](peer& client) {
    client.read_head();
    asked = true;
    left = client.client_leaves();
  })});
  ask_at(control_plane.url());
  warm();
  auto relay = begin_relay();
  ASSERT_TRUE(relay);
  run_until([&] { return asked.load(); });  // by then the read has begun, which is posted when the request is sent
  relay.reset();
  run_until([&] { return left.load() && told.use_count() == 1; });
  EXPECT_EQ(told->times, 0);
  EXPECT_EQ(open(proxy::connection_state::active), 0);
}

class upstream_begins_and_goes_on : public upstream_begins, public ::testing::WithParamInterface<in_pieces> {};

TEST_P(upstream_begins_and_goes_on, what_is_not_whole_is_relayed_from_its_head_on) {
  const auto& what = GetParam();
  piecewise said(what);
  scripted_server control_plane({after_one(std::ref(said))});
  ask_at(control_plane.url());
  warm();
  auto relay = begun();
  EXPECT_EQ(taken(*relay), "");
  said.goes_on();
  const auto done = gone_on(*relay);
  said.goes_on();
  ASSERT_TRUE(done) << done.error().detail;
  EXPECT_EQ(sink.head->status, what.status);
  EXPECT_EQ(sink.body, what.body);
  EXPECT_TRUE(sink.finished);
  EXPECT_EQ(observer.codes.back(), std::to_string(what.status));
  EXPECT_EQ(origin->relays().idle(), what.kept ? 1U : 0U);
  EXPECT_EQ(control_plane.connections(), 1);
}

INSTANTIATE_TEST_SUITE_P(all, upstream_begins_and_goes_on, ::testing::ValuesIn(answers_in_pieces()),
                         [](const auto& info) { return std::string(info.param.name); });

TEST_F(upstream_begins, gzip_is_taken_by_who_accepts_it) {
  const std::string zipped("\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xab\xae\x05\x00\x43\xbf\xa6\xa3\x02\x00\x00\x00",
                           22);
  scripted_server control_plane({after_one([&](peer& client) {
    for (int i = 0; i < 2; ++i) {
      client.read_head();
      client.answer(zipped, "Content-Encoding: gzip\r\n");
    }
  })});
  ask_at(control_plane.url());
  warm();
  EXPECT_EQ(taken(*begun(true)), "200 " + zipped);
  auto plain = begun(false);
  EXPECT_EQ(taken(*plain), "");
  ASSERT_TRUE(gone_on(*plain));
  EXPECT_EQ(sink.body, "{}");
}

TEST_F(upstream_begins, a_connection_that_dies_unanswered_is_replaced_once) {
  std::vector<std::string> heads;
  scripted_server control_plane({[&](peer& client) {
                                   client.read_head();
                                   client.answer("first");
                                   heads.push_back(client.read_head());
                                 },
                                 [&](peer& client) {
                                   heads.push_back(client.read_head());
                                   client.answer("again");
                                   client.client_leaves();
                                 }});
  ask_at(control_plane.url());
  warm();
  auto relay = begun();
  EXPECT_EQ(taken(*relay), "");
  const auto done = gone_on(*relay);
  ASSERT_TRUE(done) << done.error().detail;
  EXPECT_EQ(sink.body, "again");
  EXPECT_EQ(observer.codes, (std::vector<std::string>{"200", "reset", "200"}));
  ASSERT_EQ(heads.size(), 2U);
  EXPECT_EQ(heads[0], heads[1]) << "to the letter";
}

TEST_F(upstream_begins, one_that_takes_too_long_is_told_as_a_failure) {
  scripted_server control_plane({after_one([](peer& client) { client.read_head(); })});
  ask_at(control_plane.url());
  warm();
  auto relay = begin_relay();
  relay->give_up();
  relay.reset();
  EXPECT_EQ(observer.codes, (std::vector<std::string>{"200", "reset"}));
  EXPECT_EQ(origin->relays().idle(), 0U);
}

TEST_F(upstream_begins, one_that_dies_in_its_answer_is_not) {
  scripted_server control_plane({[&](peer& client) {
    client.read_head();
    client.answer("first");
    client.read_head();
    client.send("HTTP/1.1 200 OK\r\nContent-Le");
  }});
  ask_at(control_plane.url());
  warm();
  auto relay = begun();
  EXPECT_EQ(taken(*relay), "");
  const auto done = gone_on(*relay);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().kind, failure_kind::reset);
  EXPECT_EQ(control_plane.connections(), 1);
}

TEST_F(upstream_begins, silence_ends_when_the_answer_is_due) {
  settings.request_timeout = 50ms;
  scripted_server control_plane({after_one([](peer& client) { client.read_head(); })});
  ask_at(control_plane.url());
  warm();
  auto relay = begun();
  EXPECT_EQ(taken(*relay), "");
  const auto done = gone_on(*relay);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().kind, failure_kind::timeout);
  EXPECT_EQ(observer.codes.back(), "timeout");
}

TEST_F(upstream_begins, a_head_that_trickles_gets_no_more_time_for_that) {
  settings.request_timeout = 1h;
  scripted_server control_plane({after_one([](peer& client) {
    client.read_head();
    client.send("HTTP/1.1 200 OK\r\n");
  })});
  ask_at(control_plane.url());
  warm();
  auto relay = begun();
  EXPECT_EQ(taken(*relay), "");
  const auto sent_by = std::chrono::steady_clock::now();
  const auto done = begin(relay->go_on(get("/v1/x"), body, sink));
  asio::post(context, [&] { sweep.expire(sent_by + 1h); });
  run_until([&] { return done->has_value(); });
  EXPECT_EQ((**done).error().kind, failure_kind::timeout) << "an hour from when it was sent";
}

}  // namespace
}  // namespace sidecache::net::in_tests
