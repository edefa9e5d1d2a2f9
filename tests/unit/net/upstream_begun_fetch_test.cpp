// begin_fetch(): a lookup that is sent without a coroutine, and what becomes of it when its answer is not there at
// once.
#include "unit/net/begun_requests.hpp"

namespace sidecache::net::in_tests {
namespace {

class upstream_begins_fetch : public upstream_world {
 protected:
  static constexpr std::string_view lines = "x-portkey-api-key: k\r\nAccept: */*\r\n";
  static constexpr std::uint64_t most = 100;

  /// A connection is kept after this.
  void warm() { ASSERT_TRUE(fetch()); }
  std::unique_ptr<proxy::begun_fetch> begin_fetch(mono_time deadline = mono_time::max()) {
    return origin->begin_fetch(
        {.target = "/v1/x", .lines = lines, .route = http::route::virtual_keys, .deadline = deadline}, most, told);
  }
  /// Runs until something has come.
  std::unique_ptr<proxy::begun_fetch> begun() {
    auto made = begin_fetch();
    EXPECT_TRUE(made);
    const int before = told->times;
    if (made) run_until([&] { return told->times > before; });
    return made;
  }
  /// "200 body", or "" if it is left to go_on().
  static std::string taken(proxy::begun_fetch& fetch) {
    const auto whole = fetch.take();
    return whole ? std::to_string(whole->head.status) + " " + whole->body : "";
  }
  std::expected<proxy::upstream_answer, proxy::failure> gone_on(proxy::begun_fetch& fetch) {
    auto request = get("/v1/x");
    request.fields.add("x-portkey-api-key", "k");
    request.fields.add("Accept", "*/*");
    return run(fetch.go_on(std::move(request)));
  }
  /// What fetch() makes of the same.
  static script answering(std::string body, std::string fields = {}, std::string status = "200 OK") {
    return after_one([=](peer& client) {
      client.read_head();
      client.answer(body, fields, status);
    });
  }

  std::shared_ptr<told_of_answers> told = std::make_shared<told_of_answers>();
};

TEST_F(upstream_begins_fetch, a_whole_answer_is_taken_as_fetch_would_return_it) {
  std::vector<std::string> heads;
  scripted_server control_plane({after_one([&](peer& client) {
    for (int i = 0; i < 3; ++i) {
      heads.push_back(client.read_head());
      client.answer(i == 1 ? "" : "[1]", "Connection: keep-alive\r\n", i == 2 ? "404 No" : "200 OK");
    }
  })});
  ask_at(control_plane.url() + "/base");
  warm();
  const auto first = begun()->take();
  ASSERT_TRUE(first);
  EXPECT_EQ(first->head.status, 200U);
  EXPECT_EQ(first->head.reason, "OK");
  EXPECT_EQ(first->head.fields.find("content-length"), "3");
  EXPECT_EQ(first->body, "[1]");
  EXPECT_EQ(taken(*begun()), "200 ");
  EXPECT_EQ(taken(*begun()), "404 [1]");
  EXPECT_EQ(origin->lookups().idle(), 1U) << "one connection for all";
  EXPECT_EQ(control_plane.connections(), 1);
  EXPECT_EQ(told->times, 3);
  EXPECT_EQ(observer.codes, (std::vector<std::string>{"200", "200", "200", "404"}));
  EXPECT_EQ(observer.routes.back(), http::route::virtual_keys);
  const std::string host = control_plane.url().substr(std::string_view("http://").size());
  EXPECT_EQ(heads.front(), "GET /base/v1/x HTTP/1.1\r\nHost: " + host + "\r\n" + std::string(lines) + "\r\n");
}

TEST_F(upstream_begins_fetch, only_on_a_connection_that_is_kept) {
  scripted_server control_plane({after_one([](peer& /*client*/) {})});
  ask_at(control_plane.url());
  EXPECT_FALSE(begin_fetch());
  EXPECT_EQ(control_plane.connections(), 0);
  warm();
  EXPECT_TRUE(begin_fetch());
}

TEST_F(upstream_begins_fetch, what_is_given_up_closes_its_connection) {
  std::atomic<bool> left = false;
  scripted_server control_plane({after_one([&](peer& client) {
    client.read_head();
    left = client.client_leaves();
  })});
  ask_at(control_plane.url());
  warm();
  begin_fetch().reset();
  run_until([&] { return left.load() && told.use_count() == 1; });  // nobody waits any more
  EXPECT_EQ(told->times, 0);
  EXPECT_EQ(observer.codes, std::vector<std::string>{"200"}) << "nobody's failure";
  EXPECT_EQ(open(proxy::connection_state::active), 0);
}

class upstream_begins_fetch_and_goes_on : public upstream_begins_fetch,
                                          public ::testing::WithParamInterface<in_pieces> {};

TEST_P(upstream_begins_fetch_and_goes_on, what_is_not_whole_is_fetched_from_its_head_on) {
  const auto& what = GetParam();
  piecewise said(what);
  scripted_server control_plane({after_one(std::ref(said))});
  ask_at(control_plane.url());
  warm();
  const auto fetch = begun();
  EXPECT_EQ(taken(*fetch), "");
  said.goes_on();
  const auto done = gone_on(*fetch);
  said.goes_on();
  ASSERT_TRUE(done) << done.error().detail;
  EXPECT_EQ(done->head.status, what.status);
  EXPECT_EQ(done->body, what.body);
  EXPECT_EQ(observer.codes.back(), std::to_string(what.status));
  EXPECT_EQ(origin->lookups().idle(), what.kept ? 1U : 0U);
  EXPECT_EQ(control_plane.connections(), 1);
}

INSTANTIATE_TEST_SUITE_P(all, upstream_begins_fetch_and_goes_on, ::testing::ValuesIn(answers_in_pieces()),
                         [](const auto& info) { return std::string(info.param.name); });

TEST_F(upstream_begins_fetch, gzip_is_left_to_be_undone) {
  const std::string zipped("\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xab\xae\x05\x00\x43\xbf\xa6\xa3\x02\x00\x00\x00",
                           22);
  scripted_server control_plane({answering(zipped, "Content-Encoding: gzip\r\n")});
  ask_at(control_plane.url());
  warm();
  const auto fetch = begun();
  EXPECT_EQ(taken(*fetch), "");
  EXPECT_EQ(gone_on(*fetch)->body, "{}");
}

TEST_F(upstream_begins_fetch, answers_without_a_body_are_left_to_who_knows_them) {
  for (const std::string status : {"204 No Content", "304 Not Modified"}) {
    scripted_server control_plane({after_one([&](peer& client) {
      client.read_head();
      client.send("HTTP/1.1 " + status + "\r\nContent-Length: 0\r\n\r\n");
    })});
    ask_at(control_plane.url());
    warm();
    const auto fetch = begun();
    EXPECT_EQ(taken(*fetch), "");
    EXPECT_EQ(std::to_string(gone_on(*fetch)->head.status), status.substr(0, 3));
  }
}

TEST_F(upstream_begins_fetch, a_connection_whose_answer_was_taken_goes_to_who_waits_in_line) {
  settings.max_connections = 1;
  scripted_server control_plane({after_one([](peer& client) {
    for (const char* const body : {"[1]", "[2]"}) {
      client.read_head();
      client.answer(body);
    }
  })});
  ask_at(control_plane.url());
  warm();
  const auto first = begun();
  const auto second = begin(origin->fetch(get(), most));
  run_until([&] { return origin->lookups().waiting() == 1; });
  EXPECT_FALSE(begin_fetch()) << "not past the line";
  EXPECT_EQ(taken(*first), "200 [1]");
  run_until([&] { return second->has_value(); });
  EXPECT_EQ((**second)->body, "[2]");
  EXPECT_EQ(control_plane.connections(), 1);
}

TEST_F(upstream_begins_fetch, a_body_over_the_limit_is_refused_as_by_fetch) {
  for (const std::size_t size : {most, most + 1}) {
    scripted_server control_plane({answering(std::string(size, 'x'))});
    ask_at(control_plane.url());
    warm();
    const auto fetch = begun();
    EXPECT_EQ(taken(*fetch).empty(), size > most);
    if (size > most) EXPECT_EQ(kind_of(gone_on(*fetch)), "too_large");
  }
}

TEST_F(upstream_begins_fetch, without_memory_for_answers_none_begins_and_none_is_taken) {
  buffer_budget budget;
  budget.limit(1000);
  auto& share = budget.add_share();
  scripted_server control_plane({answering(std::string(most, 'x'))});
  settings.url = control_plane.url();
  origin.emplace(context, upstream_site::make(settings, proxy_credentials).value(), sweep, observer, nullptr, &share);
  warm();
  const auto fetch = begun();
  const buffer_budget::claim all(&share, 1000);
  EXPECT_EQ(taken(*fetch), "");
  EXPECT_FALSE(begin_fetch());
  EXPECT_EQ(kind_of(gone_on(*fetch)), "overloaded");
}

TEST_F(upstream_begins_fetch, a_connection_that_dies_unanswered_is_replaced_once) {
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
  const auto fetch = begun();
  EXPECT_EQ(taken(*fetch), "");
  const auto done = gone_on(*fetch);
  ASSERT_TRUE(done) << done.error().detail;
  EXPECT_EQ(done->body, "again");
  EXPECT_EQ(observer.codes, (std::vector<std::string>{"200", "reset", "200"}));
  ASSERT_EQ(heads.size(), 2U);
  EXPECT_EQ(heads[0], heads[1]) << "to the letter";
}

TEST_F(upstream_begins_fetch, one_that_dies_in_its_answer_is_not) {
  scripted_server control_plane({[&](peer& client) {
    client.read_head();
    client.answer("first");
    client.read_head();
    client.send("HTTP/1.1 200 OK\r\nContent-Le");
  }});
  ask_at(control_plane.url());
  warm();
  const auto fetch = begun();
  EXPECT_EQ(taken(*fetch), "");
  EXPECT_EQ(kind_of(gone_on(*fetch)), "reset");
  EXPECT_EQ(control_plane.connections(), 1);
}

TEST_F(upstream_begins_fetch, silence_ends_when_the_answer_is_due) {
  for (const bool asked_for : {false, true}) {
    SCOPED_TRACE(asked_for);
    settings.request_timeout = asked_for ? 1h : 50ms;
    scripted_server control_plane({after_one([](peer& client) { client.read_head(); })});
    ask_at(control_plane.url());
    warm();
    const auto fetch = begin_fetch(asked_for ? std::chrono::steady_clock::now() + 50ms : mono_time::max());
    const int before = told->times;
    run_until([&] { return told->times > before; });
    EXPECT_EQ(taken(*fetch), "");
    EXPECT_EQ(kind_of(gone_on(*fetch)), "timeout");
    EXPECT_EQ(observer.codes.back(), "timeout");
  }
}

TEST_F(upstream_begins_fetch, an_answer_that_trickles_gets_no_more_time_for_that) {
  settings.request_timeout = 1h;
  scripted_server control_plane({after_one([](peer& client) {
    client.read_head();
    client.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{");
  })});
  ask_at(control_plane.url());
  warm();
  const auto fetch = begun();
  EXPECT_EQ(taken(*fetch), "");
  const auto sent_by = std::chrono::steady_clock::now();
  const auto done = begin(fetch->go_on(get("/v1/x")));
  asio::post(context, [&] { sweep.expire(sent_by + 1h); });
  run_until([&] { return done->has_value(); });
  EXPECT_EQ(kind_of(**done), "timeout") << "an hour from when it was sent";
}

}  // namespace
}  // namespace sidecache::net::in_tests
