// Requests that the hot path passes on: their answers, and everything that can come instead, as a client sees them.
#include "unit/net/server_fixture.hpp"

namespace sidecache::net {
namespace {

struct server_passing_test : testing::TestWithParam<unsigned> {
  /// What passes for a control plane: the test answers what is under way, on the worker's thread.
  class scripted_pass final : public proxy::begun_pass {
   public:
    explicit scripted_pass(server_passing_test& by) : by_(by) { ++by_.under_way; }
    ~scripted_pass() override { --by_.under_way; }
    std::optional<proxy::whole_answer> take(std::string& head) override {
      if (!by_.whole) return std::nullopt;
      if (by_.throws) throw std::runtime_error("as a bug would");
      head.append("HTTP/1.1 ").append(std::to_string(by_.status)).append(" Odd\r\nX-Passed: 1\r\n");
      body_ = by_.said();
      return proxy::whole_answer{.head = {.status = by_.status, .length = body_.size()}, .body = body_};
    }
    void give_up() override { ++by_.given_up; }
    asio::awaitable<void> go_on(proxy::exchange& client) override {
      ++by_.went_on;
      if (by_.silent) {
        asio::steady_timer never(co_await asio::this_coro::executor, asio::steady_timer::time_point::max());
        co_await never.async_wait(asio::use_awaitable);
      }
      auto answer = text_answer("went on " + client.request().target);
      answer.report = report();
      co_await client.send(std::move(answer));
    }
    [[nodiscard]] proxy::report report() const override { return {outcome::pass, http::route::prompts}; }
    [[nodiscard]] const http::made_ids& made() const override { return made_; }

   private:
    server_passing_test& by_;
    std::string body_;
    http::made_ids made_;
  };
  class passing_handler final : public proxy::handler {
   public:
    explicit passing_handler(server_passing_test& by) : by_(by) {}
    std::shared_ptr<const proxy::known_block> recognise(const http::request_head& /*request*/) override {
      return std::make_shared<proxy::known_block>();
    }
    std::unique_ptr<proxy::begun_pass> pass_known(std::string_view target, std::string_view block,
                                                  const proxy::known_block& /*by*/,
                                                  const std::shared_ptr<proxy::answer_waiter>& told) override {
      if (by_.refuses) throw std::bad_alloc();
      if (target.starts_with("/parsed")) return nullptr;
      EXPECT_TRUE(block.starts_with("Host: h\r\n") && block.ends_with("\r\n\r\n")) << block;
      auto made = std::make_unique<scripted_pass>(by_);
      ++by_.passed;
      if (!by_.held) {
        asio::post(by_.pool.at(0).context, [told] { told->answer_came(); });
      } else {
        by_.waiter = told;
      }
      return made;
    }
    std::optional<proxy::answer> answer_now(const http::request_head& request,
                                            const proxy::known_block* /*by*/) override {
      return text_answer("parsed " + request.target);
    }
    asio::awaitable<void> handle(proxy::exchange& /*client*/) override { co_return; }

   private:
    server_passing_test& by_;
  };

  std::uint16_t start() {
    limits.known_before_rest = GetParam();
    served = std::make_unique<server>(
        pool, std::vector<listen_place>{*parse_listen_address("127.0.0.1:0")},
        [this](std::size_t) -> proxy::handler& { return passing; },
        [this](std::size_t) -> proxy::observer& { return observer; }, limits);
    served->open();
    pool.start();
    return served->port();
  }
  /// Until its block is known: two requests of the observer's.
  static void warm(wire_client& client) {
    for (int i = 0; i < 2; ++i) {
      client.send(get("/parsed"));
      EXPECT_EQ(client.read_answer().body, "parsed /parsed");
    }
  }
  static std::string ask(wire_client& client, std::string_view target) {
    client.send(get(target));
    return client.read_answer().body;
  }
  void on_worker(std::function<void()> what) {
    latch_in_time done;
    asio::post(pool.at(0).context, [&] {
      what();
      done.reach();
    });
    EXPECT_TRUE(done.wait());
  }
  /// What has arrived, or was posted, has been told by now.
  void caught_up() {
    for (int i = 0; i < 4; ++i) on_worker([] {});  // which looks for what arrived between two of them
  }
  /// As if nothing had happened for so long.
  void let_pass(duration time) {
    on_worker([&] { pool.at(0).sweep.expire(std::chrono::steady_clock::now() + time); });
  }
  void answer_held() {
    EXPECT_TRUE(in_time([&] { return under_way == 1; }));
    on_worker([&] { std::exchange(waiter, nullptr)->answer_came(); });
  }

  std::atomic<int> under_way = 0, passed = 0, went_on = 0, given_up = 0;
  std::atomic<bool> whole = true, held = false, silent = false, throws = false, refuses = false;
  std::atomic<unsigned> status = 200;
  std::mutex text_guard;
  std::string text = "passed";
  /// What comes from the control plane. Under a lock: at rest a worker reads by system calls that no tool sees.
  void says(std::string what) {
    const std::scoped_lock lock(text_guard);
    text = std::move(what);
  }
  std::string said() {
    const std::scoped_lock lock(text_guard);
    return text;
  }
  std::shared_ptr<proxy::answer_waiter> waiter;
  passing_handler passing{*this};
  recording_observer observer;
  session_limits limits;
  worker_pool pool{1};
  std::unique_ptr<server> served;  // last: goes first
};

TEST_P(server_passing_test, an_answer_goes_on_as_it_came) {
  wire_client client(start());
  warm(client);
  for (int i = 0; i < 40; ++i) {
    client.send(get("/models?x=1"));
    const auto got = client.read_answer();
    EXPECT_EQ(got.head.status, 200U);
    EXPECT_EQ(got.body, "passed");
    EXPECT_EQ(got.head.fields.find("X-Passed"), "1");
    EXPECT_TRUE(got.head.fields.contains("Date"));
    EXPECT_FALSE(got.head.fields.contains("Connection"));
  }
  EXPECT_EQ(passed, 40);
  EXPECT_EQ(went_on, 0);
  EXPECT_TRUE(in_time([&] { return under_way == 0; }));
  const auto told = observer.wait_for(2);
  EXPECT_EQ(told.method, "GET");
  EXPECT_EQ(told.target, "/models?x=1");
  EXPECT_EQ(told.status, 200U);
  EXPECT_EQ(told.report.outcome, outcome::pass);
  EXPECT_EQ(told.report.route, http::route::prompts);
  EXPECT_EQ(told.bytes_sent, client.last_head().size() + 6);
}

TEST_P(server_passing_test, statuses_without_a_body_have_none) {
  status = 304;
  says("");
  wire_client client(start());
  warm(client);
  client.send(get("/a"));
  EXPECT_EQ(client.read_answer().head.status, 304U);
  EXPECT_TRUE(in_time([&] { return under_way == 0; }));
  status = 404;
  says("no");
  EXPECT_EQ(ask(client, "/a"), "no");
}

TEST_P(server_passing_test, requests_behind_it_are_answered_after_it) {
  held = true;
  wire_client client(start());
  warm(client);
  client.send(get("/1") + get("/2") + "POST /3 HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n" + get("/parsed"));
  answer_held();
  for (const char* const wanted : {"passed", "parsed /2", "parsed /3", "parsed /parsed"})
    EXPECT_EQ(client.read_answer().body, wanted);
}

TEST_P(server_passing_test, one_that_comes_while_another_is_waited_for_is_not_forgotten) {
  wire_client client(start());
  warm(client);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(ask(client, "/a"), "passed");  // it rests by now, where it does
  held = true;
  client.send(get("/b"));
  EXPECT_TRUE(in_time([&] { return under_way == 1; }));
  client.send(get("/parsed/after"));
  caught_up();
  answer_held();
  EXPECT_EQ(client.read_answer().body, "passed");
  EXPECT_EQ(client.read_answer().body, "parsed /parsed/after");
}

TEST_P(server_passing_test, what_takes_more_goes_on_in_a_conversation) {
  whole = false;
  wire_client client(start());
  warm(client);
  EXPECT_EQ(ask(client, "/a"), "went on /a");
  client.send(get("/b") + get("/parsed"));
  EXPECT_EQ(client.read_answer().body, "went on /b");
  EXPECT_EQ(client.read_answer().body, "parsed /parsed");
  whole = true;
  EXPECT_EQ(ask(client, "/c"), "passed");
  EXPECT_EQ(went_on, 2);
  EXPECT_EQ(observer.wait_for(2).target, "/a");
  EXPECT_EQ(observer.wait_for(2).report.route, http::route::prompts);
}

TEST_P(server_passing_test, a_client_that_takes_its_time_gets_all_of_it) {
  says(std::string(std::size_t{8} * 1024 * 1024, 'x'));
  wire_client client(start(), 4096);
  warm(client);
  client.send(get("/large"));
  EXPECT_TRUE(in_time([&] { return passed == 1 && under_way == 0; })) << "the control plane need not wait for it";
  EXPECT_EQ(client.read_answer().body.size(), said().size());
  const auto told = observer.wait_for(2);
  EXPECT_EQ(told.status, 200U);
  EXPECT_EQ(told.report.route, http::route::prompts);
  EXPECT_GT(told.bytes_sent, said().size());
  says("small");
  EXPECT_EQ(ask(client, "/small"), "small");
}

TEST_P(server_passing_test, a_client_that_left_is_told_of_as_such) {
  held = true;
  {
    wire_client client(start());
    warm(client);
    client.send(get("/a"));
    EXPECT_TRUE(in_time([&] { return under_way == 1; }));
    client.vanish();
  }
  caught_up();
  answer_held();
  EXPECT_EQ(observer.wait_for(2).report.outcome, outcome::cancelled);
  EXPECT_TRUE(observer.wait_for_connections(0));
  EXPECT_TRUE(in_time([&] { return under_way == 0; }));
}

TEST_P(server_passing_test, past_its_time_it_is_given_up) {
  held = true;
  limits.request_timeout = 50ms;
  wire_client client(start());
  warm(client);
  client.send(get("/a"));
  const auto got = client.read_answer();
  EXPECT_EQ(got.head.status, 504U);
  EXPECT_TRUE(got.body.contains("request_timeout")) << got.body;
  EXPECT_TRUE(client.closed_by_server());
  EXPECT_TRUE(in_time([&] { return under_way == 0; }));
  EXPECT_EQ(given_up, 1);
  EXPECT_EQ(observer.wait_for(2).report.outcome, outcome::error);
  EXPECT_EQ(observer.wait_for(2).report.route, http::route::prompts);
  on_worker([&] { std::exchange(waiter, nullptr)->answer_came(); });  // which nobody waits for any more
}

TEST_P(server_passing_test, so_is_one_that_went_on_and_takes_too_long) {
  whole = false;
  silent = true;
  limits.request_timeout = 50ms;
  wire_client client(start());
  warm(client);
  client.send(get("/a"));
  EXPECT_EQ(client.read_answer().head.status, 504U);
  EXPECT_TRUE(in_time([&] { return under_way == 0; }));
}

TEST_P(server_passing_test, waiting_for_the_control_plane_is_not_being_idle) {
  held = true;
  wire_client client(start());
  warm(client);
  client.send(get("/a"));
  EXPECT_TRUE(in_time([&] { return under_way == 1; }));
  let_pass(limits.idle_timeout + 1s);
  answer_held();
  EXPECT_EQ(client.read_answer().body, "passed");
  EXPECT_TRUE(in_time([&] { return under_way == 0; }));
  caught_up();
  let_pass(limits.idle_timeout + 1s);
  EXPECT_TRUE(client.closed_by_server()) << "and now it is";
}

TEST_P(server_passing_test, the_last_request_of_a_connection_says_so) {
  limits.requests_per_connection = 4;
  wire_client client(start());
  warm(client);
  EXPECT_EQ(ask(client, "/a"), "passed");
  client.send(get("/parsed"));
  EXPECT_EQ(client.read_answer().head.fields.find("Connection"), "close");
  EXPECT_TRUE(client.closed_by_server());
}

TEST_P(server_passing_test, a_server_that_drains_waits_for_it_and_closes) {
  held = true;
  wire_client client(start());
  warm(client);
  client.send(get("/a"));
  EXPECT_TRUE(in_time([&] { return under_way == 1; }));
  latch_in_time drained;
  served->drain(1h, [&] { drained.reach(); });
  caught_up();
  answer_held();
  const auto got = client.read_answer();
  EXPECT_EQ(got.body, "went on /a");
  EXPECT_EQ(got.head.fields.find("Connection"), "close");
  EXPECT_TRUE(client.closed_by_server());
  client.close();
  EXPECT_TRUE(drained.wait());
}

TEST_P(server_passing_test, a_server_that_ends_gives_it_up) {
  held = true;
  wire_client client(start());
  warm(client);
  client.send(get("/a"));
  EXPECT_TRUE(in_time([&] { return under_way == 1; }));
  latch_in_time drained;
  served->drain(10ms, [&] { drained.reach(); });
  EXPECT_TRUE(in_time([&] { return under_way == 0; }));
  EXPECT_EQ(observer.wait_for(2).report.outcome, outcome::cancelled);
  client.read_to_end();
  on_worker([&] { waiter = nullptr; });  // as the socket is closed that was waited for
  EXPECT_TRUE(drained.wait());
  EXPECT_TRUE(observer.wait_for_connections(0));
}

TEST_P(server_passing_test, one_that_is_never_answered_ends_with_its_worker) {
  held = true;
  wire_client client(start());
  warm(client);
  client.send(get("/a"));
  EXPECT_TRUE(in_time([&] { return under_way == 1; }));
  pool.stop();
  asio::post(pool.at(0).context, [mine = std::move(waiter)] {});  // as what waits for the control plane's socket does
}

TEST_P(server_passing_test, bugs_are_nobody_elses) {
  wire_client other(start());
  warm(other);
  wire_client client(served->port());
  warm(client);
  refuses = true;
  EXPECT_EQ(ask(client, "/a"), "parsed /a");
  refuses = false;
  throws = true;
  client.send(get("/b"));
  EXPECT_TRUE(client.closed_by_server());
  EXPECT_EQ(observer.wait_for(5).report.outcome, outcome::error);
  throws = false;
  EXPECT_EQ(ask(other, "/c"), "passed");
}

INSTANTIATE_TEST_SUITE_P(by_asio, server_passing_test, testing::Values(1'000'000U));
INSTANTIATE_TEST_SUITE_P(at_rest, server_passing_test, testing::Values(0U, 2U));

}  // namespace
}  // namespace sidecache::net
