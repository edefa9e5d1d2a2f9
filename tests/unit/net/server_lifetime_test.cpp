// Listening, limits and the end of a server's life.
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <filesystem>
#include <fstream>

#include "unit/net/server_fixture.hpp"

namespace sidecache::net {
namespace {

/// A directory of the test's own, gone with it.
struct scratch {
  scratch() {
    std::string pattern = std::filesystem::temp_directory_path() / "sidecache-test-XXXXXX";
    path = ::mkdtemp(pattern.data());
  }
  scratch(const scratch&) = delete;
  scratch& operator=(const scratch&) = delete;
  ~scratch() { std::filesystem::remove_all(path); }
  std::filesystem::path path;
};

bool can_connect(std::uint16_t port) {
  asio::io_context context;
  asio::ip::tcp::socket probe(context);
  boost::system::error_code error;
  probe.connect({asio::ip::address_v4::loopback(), port}, error);
  return !error;
}

struct server_lifetime_test : server_test {
  std::unique_ptr<server> make(const std::string& address) {
    return std::make_unique<server>(
        pool, std::vector<listen_place>{*parse_listen_address(address)},
        [this](std::size_t) -> proxy::handler& { return handler; },
        [this](std::size_t) -> proxy::observer& { return observer; }, limits);
  }
  /// Waits until release_request(); `waiting` says that a request got there.
  asio::awaitable<void> held() {
    asio::steady_timer until(co_await asio::this_coro::executor, asio::steady_timer::time_point::max());
    {
      const std::scoped_lock lock(mutex);
      release = [&until] { asio::post(until.get_executor(), [&until] { until.cancel(); }); };
    }
    waiting.reach();
    boost::system::error_code cancelled;
    co_await until.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
  }
  /// Requests for /wait are held, others answered at once.
  void hold_requests() {
    handler.now = [](const http::request_head& request) -> std::optional<proxy::answer> {
      if (request.target == "/wait") return std::nullopt;
      return text_answer(request.target);
    };
    handler.later = [this](proxy::exchange& client) -> asio::awaitable<void> {
      co_await held();
      co_await client.send(text_answer("done"));
    };
  }
  void release_request() {
    const std::scoped_lock lock(mutex);
    release();
  }

  std::mutex mutex;
  std::function<void()> release;
  latch_in_time waiting;
};

TEST_F(server_lifetime_test, drain_closes_idle_connections_and_lets_a_busy_one_answer) {
  hold_requests();
  const auto port = start();
  wire_client fresh(port);
  wire_client idle(port);
  idle.send(get("/x"));
  EXPECT_EQ(idle.read_answer().body, "/x");
  wire_client busy(port);
  busy.send(get("/wait") + get("/too-late"));
  ASSERT_TRUE(waiting.wait());

  latch_in_time drained;
  served->drain(1h, [&] { drained.reach(); });
  EXPECT_TRUE(fresh.closed_by_server());
  EXPECT_TRUE(idle.closed_by_server());
  EXPECT_FALSE(can_connect(port));
  release_request();
  const auto last = busy.read_answer();
  EXPECT_EQ(last.body, "done");
  EXPECT_EQ(last.head.fields.find("connection"), "close");
  EXPECT_EQ(busy.read_to_end(), "");
  busy.close();
  EXPECT_TRUE(drained.wait());
  EXPECT_TRUE(observer.wait_for_connections(0));
}

TEST_F(server_lifetime_test, a_stream_begun_before_the_drain_is_completed_and_then_the_connection_ends) {
  hold_requests();
  handler.later = [this](proxy::exchange& client) -> asio::awaitable<void> {
    http::response_head head;
    head.status = 200;
    head.body = http::framing::chunked;
    if (co_await client.sink().start(head)) co_return;
    co_await held();
    if (!co_await client.sink().write("all of it")) co_await client.sink().finish({});
  };
  wire_client busy(start());
  busy.send(get("/wait"));
  ASSERT_TRUE(waiting.wait());
  wire_client idle(served->port());
  idle.send(get("/x"));
  EXPECT_EQ(idle.read_answer().body, "/x");
  served->drain(1h, [] {});
  EXPECT_TRUE(idle.closed_by_server());  // so the drain has begun
  release_request();
  EXPECT_EQ(busy.read_answer().body, "all of it");
  EXPECT_TRUE(busy.closed_by_server());
}

TEST_F(server_lifetime_test, after_the_grace_what_is_left_is_closed_and_its_handler_cancelled) {
  hold_requests();
  wire_client busy(start());
  busy.send(get("/wait"));
  ASSERT_TRUE(waiting.wait());
  latch_in_time drained;
  served->drain(1h, [] {});
  served->drain(10ms, [&] { drained.reach(); });  // a second call shortens the grace
  EXPECT_TRUE(busy.closed_by_server());
  EXPECT_TRUE(drained.wait());
  EXPECT_EQ(observer.wait_for(0).report.outcome, outcome::cancelled);
}

TEST_F(server_lifetime_test, a_drained_server_listens_no_more) {
  echo();
  const auto port = start();
  latch_in_time drained;
  served->drain(0s, [&] { drained.reach(); });
  ASSERT_TRUE(drained.wait());
  auto next = make("127.0.0.1:" + std::to_string(port));
  next->open();
  wire_client client(port);
  client.send(get("/next"));
  EXPECT_EQ(client.read_answer().body, "GET /next");
}

TEST_F(server_lifetime_test, a_server_may_be_destroyed_while_busy_and_after_the_pool_was_stopped) {
  hold_requests();
  wire_client busy(start());
  busy.send(get("/wait"));
  ASSERT_TRUE(waiting.wait());
  pool.stop();
  served.reset();
  EXPECT_TRUE(busy.closed_by_server());
}

TEST_F(server_lifetime_test, a_server_that_never_opened_or_whose_pool_never_ran_can_go) {
  make("127.0.0.1:0").reset();
  auto opened = make("127.0.0.1:0");
  opened->open();
  EXPECT_NE(opened->port(), 0);
}

TEST_F(server_lifetime_test, a_second_server_on_the_same_address_is_refused) {
  echo();
  const auto port = start();
  const auto address = "127.0.0.1:" + std::to_string(port);
  try {
    make(address)->open();
    FAIL() << "the address is taken";
  } catch (const bind_error& e) {
    EXPECT_THAT(e.what(), testing::HasSubstr(address));
    EXPECT_THAT(e.what(), testing::HasSubstr("in use"));
  }
  wire_client client(port);
  client.send(get("/still-here"));
  EXPECT_EQ(client.read_answer().body, "GET /still-here");
}

TEST_F(server_lifetime_test, an_address_without_host_answers_on_all_of_them_and_ipv6_in_brackets) {
  echo();
  pool.start();
  auto all = make(":0");
  all->open();
  wire_client client(all->port());
  client.send(get("/x"));
  EXPECT_EQ(client.read_answer().body, "GET /x");
  auto six = make("[::1]:0");
  six->open();
  EXPECT_NE(six->port(), 0);
}

TEST_F(server_lifetime_test, a_unix_socket_serves_its_owner_and_group_and_is_removed_at_the_end) {
  echo();
  const scratch dir;
  const std::string path = dir.path / "s";
  pool.start();
  auto unix_server = make("unix:" + path);
  unix_server->open();
  struct stat file{};
  ASSERT_EQ(::stat(path.c_str(), &file), 0);
  EXPECT_EQ(file.st_mode & 0777, 0660);
  {
    wire_client client(path);
    client.send(get("/x"));
    EXPECT_EQ(client.read_answer().body, "GET /x");
  }
  EXPECT_THROW(make("unix:" + path)->open(), bind_error) << "somebody answers there";
  unix_server.reset();
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST_F(server_lifetime_test, a_socket_file_that_nobody_answers_behind_is_replaced_and_any_other_file_kept) {
  echo();
  const scratch dir;
  const std::string path = dir.path / "s";
  {  // what a killed process leaves behind
    const int dead = ::socket(AF_UNIX, SOCK_STREAM, 0);
    ASSERT_GE(dead, 0);
    sockaddr_un at{};
    at.sun_family = AF_UNIX;
    path.copy(at.sun_path, sizeof at.sun_path - 1);
    ASSERT_EQ(::bind(dead, reinterpret_cast<sockaddr*>(&at), sizeof at), 0);
    ::close(dead);
  }
  pool.start();
  auto unix_server = make("unix:" + path);
  unix_server->open();
  wire_client client(path);
  client.send(get("/x"));
  EXPECT_EQ(client.read_answer().body, "GET /x");

  const std::string data = dir.path / "data";
  std::ofstream(data) << "precious";
  EXPECT_THROW(make("unix:" + data)->open(), bind_error);
  EXPECT_TRUE(std::filesystem::is_regular_file(data));
}

TEST_F(server_lifetime_test, beyond_the_limit_connections_wait_until_one_ends) {
  echo();
  limits.connections = 2;
  const auto port = start();
  wire_client first(port);
  wire_client second(port);
  first.send(get("/1"));
  second.send(get("/2"));
  EXPECT_EQ(first.read_answer().body, "GET /1");
  EXPECT_EQ(second.read_answer().body, "GET /2");
  wire_client third(port);
  third.send(get("/3"));
  EXPECT_TRUE(observer.wait_for_connections(2));
  EXPECT_EQ(served->connections(), 2);
  EXPECT_GE(served->pauses_at_limit(), 1);
  first.close();
  EXPECT_EQ(third.read_answer().body, "GET /3");
}

// UndefinedBehaviorSanitizer looks at objects' types through a pipe, and takes one that it can't open for a bad object.
#if !__has_feature(address_sanitizer)
TEST_F(server_lifetime_test, when_descriptors_run_out_accepting_pauses_and_goes_on) {
  echo();
  const auto port = start();
  wire_client before(port);
  before.send(get("/before"));
  EXPECT_EQ(before.read_answer().body, "GET /before");

  rlimit was{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &was), 0);
  wire_client starved(port);  // the kernel has completed its handshake; whether it was accepted yet does not matter
  starved.send(get("/starved"));
  EXPECT_EQ(starved.read_answer().body, "GET /starved");
  wire_client* late = nullptr;
  const int lowest_free = ::dup(0);
  ::close(lowest_free);
  const rlimit tight{static_cast<rlim_t>(lowest_free) + 1, was.rlim_max};  // room for the client's end alone
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &tight), 0);
  auto owned = std::make_unique<wire_client>(port);
  late = owned.get();
  late->send(get("/late"));
  const auto give_up = std::chrono::steady_clock::now() + 10s;
  while (served->accept_errors() == 0 && std::chrono::steady_clock::now() < give_up) std::this_thread::yield();
  EXPECT_GE(served->accept_errors(), 1);
  before.send(get("/meanwhile"));
  EXPECT_EQ(before.read_answer().body, "GET /meanwhile");
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &was), 0);
  EXPECT_EQ(late->read_answer().body, "GET /late");
}
#endif

TEST_F(server_lifetime_test, connections_are_spread_over_the_workers) {
  std::mutex lock;
  std::map<std::thread::id, int> by_thread;
  handler.now = [&](const http::request_head&) {
    const std::scoped_lock hold(lock);
    ++by_thread[std::this_thread::get_id()];
    return text_answer("");
  };
  const auto port = start();
  std::vector<std::unique_ptr<wire_client>> clients;
  for (int i = 0; i < 8; ++i) {
    clients.push_back(std::make_unique<wire_client>(port));
    clients.back()->send(get("/"));
    clients.back()->read_answer();
  }
  EXPECT_EQ(by_thread.size(), 2);
  for (const auto& [thread, count] : by_thread) EXPECT_GE(count, 3);
}

}  // namespace
}  // namespace sidecache::net
