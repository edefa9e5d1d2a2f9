// Requests that are recognised by their header block and answered within the callback that read them: on the wire they
// can't be told from any other, whether their connection waits by Asio or rests in the worker's ready_set.
#include <boost/asio/post.hpp>
#include <thread>

#include "unit/net/server_fixture.hpp"

namespace sidecache::net {
namespace {

struct server_hot_path_test : server_test, testing::WithParamInterface<unsigned> {
  server_hot_path_test() {
    limits.known_before_rest = GetParam();
    handler.known = [this](std::string_view target, std::string_view if_none_match, proxy::answer& out) {
      ++hits;
      if (target.starts_with("/cold")) return false;
      out.status = 200;
      out.head = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n";
      out.report.outcome = outcome::hit;
      auto text = std::make_shared<std::string>("known " + std::string(target) + std::string(if_none_match));
      if (large > 0) text->assign(large, 'x');
      out.body = *text;
      out.owner = std::move(text);
      return true;
    };
    echo();
  }
  /// Until the block is known.
  static void warm(wire_client& client, const std::string& request) {
    for (int i = 0; i < 2; ++i) {
      client.send(request);
      EXPECT_FALSE(client.read_answer().body.starts_with("known"));
    }
  }
  static std::string ask(wire_client& client, const std::string& request) {
    client.send(request);
    return client.read_answer().body;
  }

  /// At rest, all of them.
  std::vector<std::unique_ptr<wire_client>> known_clients(std::size_t count) {
    const auto port = start();
    std::vector<std::unique_ptr<wire_client>> clients;
    for (std::size_t i = 0; i < count; ++i) {
      clients.push_back(std::make_unique<wire_client>(port));
      for (unsigned times = 0; times < 3 + GetParam(); ++times) ask(*clients.back(), get("/a"));
    }
    return clients;
  }

  std::atomic<int> hits = 0;
  std::size_t large = 0;
};

TEST_P(server_hot_path_test, a_block_is_known_when_it_has_come_twice) {
  wire_client client(start());
  warm(client, get("/a"));
  EXPECT_EQ(ask(client, get("/a")), "known /a");
  EXPECT_EQ(ask(client, get("/another?x=1")), "known /another?x=1");
  wire_client other(served->port());
  EXPECT_EQ(ask(other, get("/a")), "GET /a") << "a connection's first request is parsed";
}

TEST_P(server_hot_path_test, what_memory_does_not_answer_comes_with_its_own_block_and_no_other) {
  handler.now = [](const http::request_head& request) -> std::optional<proxy::answer> {
    if (request.target.starts_with("/cold/later")) return std::nullopt;
    return text_answer(request.method_name + " " + request.target);
  };
  handler.later = [](proxy::exchange& client) -> asio::awaitable<void> {
    co_await client.send(text_answer("later " + client.request().target));
  };
  wire_client client(start());
  const std::string a = "x-portkey-api-key: a\r\ntraceparent: 1\r\n";
  const std::string b = "x-portkey-api-key: b\r\n";
  const auto of = [&](const std::string& line, const std::string& key) {
    return line + "\r\nHost: h\r\n" + key + "\r\n";
  };
  const auto by_block = [&](const std::string& request) {
    const int before = handler.by_block;
    client.send(request);
    http::method asked = request.starts_with("HEAD") ? http::method::head : http::method::get;
    EXPECT_EQ(client.read_answer(asked).head.status, 200U);
    return handler.by_block - before;
  };
  EXPECT_EQ(by_block(get("/cold", a)), 0) << "it comes for the first time";
  EXPECT_EQ(by_block(get("/cold", a)), 1);
  EXPECT_EQ(by_block(get("/cold/later", a)), 2) << "asked at once, and in its time";
  EXPECT_EQ(by_block(get("/cold/later", "x-portkey-api-key: a\r\ntraceparent: another\r\n")), 2);
  EXPECT_EQ(by_block(get("/cold", b)), 0) << "another's";
  EXPECT_EQ(by_block(of("HEAD /cold HTTP/1.1", a)), 0);
  EXPECT_EQ(by_block(of("POST /cold HTTP/1.1", a)), 0);
  EXPECT_EQ(by_block(get("/cold/later", a)), 2);
  EXPECT_EQ(by_block(get("/cold", b)), 1) << "now this is known too";
  const int before = handler.by_block;
  client.send(get("/cold/later/1", b) + get("/cold/later/2", a) + of("POST /cold HTTP/1.1", b) + get("/cold/3", b) +
              get("/cold/4", a));
  for (const char* const answer :
       {"later /cold/later/1", "later /cold/later/2", "POST /cold", "GET /cold/3", "GET /cold/4"})
    EXPECT_EQ(client.read_answer().body, answer);
  EXPECT_EQ(handler.by_block - before, 6);
  EXPECT_EQ(by_block(of("GET /cold HTTP/1.0", a)), 0);
}

TEST_P(server_hot_path_test, another_block_is_parsed_and_both_are_remembered) {
  wire_client client(start());
  warm(client, get("/a"));
  warm(client, get("/a", "x-portkey-api-key: b\r\n"));
  EXPECT_EQ(ask(client, get("/a", "x-portkey-api-key: b\r\n")), "known /a");
  EXPECT_EQ(ask(client, get("/a")), "GET /a") << "not the last one's";
  EXPECT_EQ(ask(client, get("/a")), "known /a");
}

TEST_P(server_hot_path_test, gaps_are_told_to_the_handler) {
  wire_client client(start());
  const auto with = [](std::string_view trace, std::string_view tag) {
    return get("/a", std::string("traceparent: ").append(trace).append("\r\nif-none-match: ").append(tag) + "\r\n");
  };
  warm(client, with("1", "\"1\""));
  EXPECT_EQ(ask(client, with("22", "\"2\"")), "known /a\"2\"");
}

TEST_P(server_hot_path_test, what_is_no_plain_get_is_parsed) {
  wire_client client(start());
  const auto block = get("/a").substr(std::string("GET /a").size());
  warm(client, get("/a"));
  for (const char* const line : {"HEAD /a", "OPTIONS *", "DELETE /a"}) {
    client.send(std::string(line) + block);
    const auto asked = std::string_view(line).starts_with("HEAD") ? http::method::head : http::method::get;
    EXPECT_FALSE(client.read_answer(asked).body.starts_with("known")) << line;
  }
  client.send(std::string("GET /a\x01") + block);
  EXPECT_EQ(client.read_answer().head.status, 400U);
}

TEST_P(server_hot_path_test, the_limits_of_a_head_hold) {
  limits.head.target_bytes = 20;
  wire_client client(start());
  warm(client, get("/a"));
  EXPECT_EQ(ask(client, get("/a123456789012345678")), "known /a123456789012345678");
  client.send(get("/a1234567890123456789"));
  EXPECT_EQ(client.read_answer().head.status, 414U);
}

TEST_P(server_hot_path_test, the_limit_of_a_head_holds_with_gaps) {
  limits.head.header_bytes = 200;
  wire_client client(start());
  warm(client, get("/a", "traceparent: 1\r\n"));
  EXPECT_EQ(ask(client, get("/a", "traceparent: 2\r\n")), "known /a");
  client.send(get("/a", "traceparent: " + std::string(200, '3') + "\r\n"));
  EXPECT_EQ(client.read_answer().head.status, 431U);
}

TEST_P(server_hot_path_test, pipelined_requests_are_answered_in_their_order_on_either_path) {
  wire_client client(start());
  warm(client, get("/a"));
  std::string all;
  for (int i = 0; i < 50; ++i) {
    all.append(get("/n" + std::to_string(i)));
    if (i % 7 == 3) all.append(get("/cold" + std::to_string(i)));
    if (i % 11 == 5) all.append("POST /p HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc");
  }
  client.send(all);
  for (int i = 0; i < 50; ++i) {
    EXPECT_THAT(client.read_answer().body,
                testing::AnyOf("known /n" + std::to_string(i), "GET /n" + std::to_string(i)));
    if (i % 7 == 3) EXPECT_EQ(client.read_answer().body, "GET /cold" + std::to_string(i));
    if (i % 11 == 5) EXPECT_EQ(client.read_answer().body, "POST /p");
  }
  EXPECT_EQ(ask(client, get("/end")), "known /end");
}

TEST_P(server_hot_path_test, a_request_in_pieces_is_put_together) {
  wire_client client(start());
  const auto request = get("/a", "traceparent: 00-aa-bb-01\r\n");
  warm(client, request);
  for (std::size_t cut = 1; cut < request.size(); ++cut) {
    client.send(request.substr(0, cut));
    std::this_thread::yield();
    client.send(request.substr(cut));
    EXPECT_THAT(client.read_answer().body, testing::AnyOf("known /a", "GET /a")) << cut;
  }
}

TEST_P(server_hot_path_test, a_request_and_an_end_in_one_are_answered) {
  const auto port = start();
  wire_client client(port);
  warm(client, get("/a"));
  client.send(get("/a") + get("/b"));
  client.half_close();
  EXPECT_EQ(client.read_answer().body, "known /a");
  EXPECT_EQ(client.read_answer().body, "known /b");
  EXPECT_TRUE(client.closed_by_server());
}

TEST_P(server_hot_path_test, what_a_slow_reader_has_no_room_for_is_waited_with) {
  large = std::size_t{8} * 1024 * 1024;
  wire_client client(start());
  warm(client, get("/a"));
  client.send(get("/a") + get("/b"));
  EXPECT_EQ(client.read_answer().body.size(), large);
  EXPECT_EQ(client.read_answer().body, "GET /b") << "the rest of what it had sent is there";
  const auto done = observer.wait_for(2);
  EXPECT_EQ(done.report.outcome, outcome::hit);
  EXPECT_GT(done.bytes_sent, large);
}

TEST_P(server_hot_path_test, who_takes_nothing_at_all_is_cut_off) {
  large = std::size_t{16} * 1024 * 1024;
  limits.stall_timeout = 1s;
  wire_client client(start());
  warm(client, get("/a"));
  client.send(get("/a"));
  EXPECT_EQ(observer.wait_for(2).report.outcome, outcome::cancelled);
  EXPECT_EQ(observer.wait_for_cut(), cutoff::stall);
}

TEST_P(server_hot_path_test, the_last_request_of_a_connection_says_so) {
  limits.requests_per_connection = 4;
  wire_client client(start());
  warm(client, get("/a"));
  EXPECT_EQ(ask(client, get("/a")), "known /a");
  client.send(get("/a"));
  const auto last = client.read_answer();
  EXPECT_EQ(last.body, "GET /a");
  EXPECT_EQ(last.head.fields.find("connection"), "close");
  EXPECT_TRUE(client.closed_by_server());
}

TEST_P(server_hot_path_test, a_draining_server_says_so_to_known_requests_too) {
  limits.last_call = 1h;
  wire_client client(start());
  warm(client, get("/a"));
  EXPECT_EQ(ask(client, get("/a")), "known /a");
  served->drain(1h, [] {});
  wire_client::answer got;
  EXPECT_TRUE(in_time([&] {  // until the worker was told
    client.send(get("/a"));
    got = client.read_answer();
    return got.body == "GET /a";
  }));
  EXPECT_EQ(got.head.fields.find("connection"), "close");
  EXPECT_TRUE(client.closed_by_server());
}

TEST_P(server_hot_path_test, an_idle_connection_is_ended_in_its_time_after_hits_too) {
  limits.idle_timeout = 300ms;
  wire_client client(start());
  warm(client, get("/a"));
  EXPECT_EQ(ask(client, get("/a")), "known /a");
  EXPECT_TRUE(client.closed_by_server());
  EXPECT_EQ(observer.wait_for_cut(), cutoff::idle_timeout);
}

TEST_P(server_hot_path_test, it_is_counted_as_any_other) {
  wire_client client(start());
  warm(client, get("/a"));
  ask(client, get("/a?key=1"));
  const auto done = observer.wait_for(2);
  EXPECT_EQ(done.report.outcome, outcome::hit);
  EXPECT_EQ(done.status, 200U);
  EXPECT_EQ(done.method, "GET");
  EXPECT_EQ(done.target, "/a?key=1");
  EXPECT_GT(done.bytes_sent, 50U);
}

TEST_P(server_hot_path_test, more_than_is_read_at_once_is_answered) {
  wire_client client(start());
  warm(client, get("/a"));
  constexpr int many = 2000;  // of some 30 bytes: more than a worker's memory for what arrives
  std::string all;
  for (int i = 0; i < many; ++i) all.append(get("/n" + std::to_string(i)));
  std::thread sender([&] { client.send(all); });
  for (int i = 0; i < many; ++i)
    EXPECT_THAT(client.read_answer().body,
                testing::AnyOf("known /n" + std::to_string(i), "GET /n" + std::to_string(i)));
  sender.join();
  EXPECT_EQ(ask(client, get("/end")), "known /end");
}

TEST_P(server_hot_path_test, known_and_other_requests_take_turns_on_a_connection) {
  wire_client client(start());
  warm(client, get("/a"));
  for (int round = 0; round < 5; ++round) {
    for (int i = 0; i < 10; ++i) EXPECT_EQ(ask(client, get("/a")), "known /a");
    EXPECT_EQ(ask(client, get("/cold")), "GET /cold");
  }
}

/// Keeps a worker from doing anything until it goes, so that whoever asks meanwhile is ready at once.
class held_worker {
 public:
  explicit held_worker(worker& which) {
    asio::post(which.context, [this] {
      held_.reach();
      EXPECT_TRUE(over_.wait());
      gone_.reach();
    });
    EXPECT_TRUE(held_.wait());
  }
  held_worker(const held_worker&) = delete;
  held_worker& operator=(const held_worker&) = delete;
  ~held_worker() {
    over_.reach();
    EXPECT_TRUE(gone_.wait());
  }

 private:
  latch_in_time held_, over_, gone_;
};

TEST_P(server_hot_path_test, those_who_ask_together_get_each_their_own) {
  constexpr std::size_t many = 40;
  const auto clients = known_clients(many);
  const auto long_field = "traceparent: " + std::string(3000, 'x') + "\r\n";
  {
    const held_worker one(pool.at(0));
    const held_worker other(pool.at(1));
    for (std::size_t i = 0; i < many; ++i) {
      wire_client& client = *clients[i];
      const auto n = std::to_string(i);
      switch (i % 10) {
        case 4:
          client.send(get("/n" + n) + get("/second" + n));
          break;
        case 5:
          client.send(get("/cold" + n));
          break;
        case 6:
          client.send(get("/n" + n).substr(0, 9));
          break;
        case 7:
          client.send(get("/n" + n)).half_close();
          break;
        case 8:
          client.send(get("/n" + n)).vanish();
          break;
        case 9:
          client.send(get("/n" + n, long_field) + get("/n" + n) + get("/cold" + n) + get("/last" + n));
          break;
        default:
          client.send(get("/n" + n));
      }
    }
  }
  for (std::size_t i = 0; i < many; ++i) {
    wire_client& client = *clients[i];
    const auto n = std::to_string(i);
    const auto answered = [&](const std::string& body) { EXPECT_EQ(client.read_answer().body, body) << i; };
    switch (i % 10) {
      case 4:
        answered("known /n" + n);
        answered("known /second" + n);
        break;
      case 5:
        answered("GET /cold" + n);
        break;
      case 6:
        client.send(get("/n" + n).substr(9));
        answered("GET /n" + n);
        break;
      case 7:
        answered("known /n" + n);
        EXPECT_TRUE(client.closed_by_server());
        break;
      case 8:
        break;
      case 9:
        answered("GET /n" + n);
        answered("GET /n" + n);
        answered("GET /cold" + n);
        answered("GET /last" + n);
        break;
      default:
        answered("known /n" + n);
    }
  }
  EXPECT_TRUE(observer.wait_for_connections(static_cast<int>(many - many / 10 * 2)));
  EXPECT_EQ(ask(*clients[0], get("/end")), "known /end");
}

TEST_P(server_hot_path_test, those_who_ask_together_are_looked_up_before_any_is_answered) {
  constexpr std::size_t many = 2 * ready_set::most_joined;
  const auto clients = known_clients(many);
  ASSERT_TRUE(in_time([&] { return observer.finished_so_far() == many * (3 + GetParam()); }));
  const auto finished_before = static_cast<int>(observer.finished_so_far());
  hits = 0;
  std::atomic<int> most_unwritten = 0;
  const auto plain = handler.known;
  {
    const held_worker one(pool.at(0));
    const held_worker other(pool.at(1));
    handler.known = [&](std::string_view target, std::string_view if_none_match, proxy::answer& out) {
      const bool found = plain(target, if_none_match, out);
      const int unwritten = hits + finished_before - static_cast<int>(observer.finished_so_far());
      most_unwritten = std::max(most_unwritten.load(), unwritten);
      return found;
    };
    for (const auto& client : clients) client->send(get("/n"));
  }
  for (const auto& client : clients) EXPECT_EQ(client->read_answer().body, "known /n");
  EXPECT_GE(most_unwritten, static_cast<int>(ready_set::most_joined));
}

TEST_P(server_hot_path_test, those_who_ask_together_wait_for_no_slow_reader) {
  large = std::size_t{2} * 1024 * 1024;
  const auto clients = known_clients(6);
  const auto before = observer.finished_so_far();
  {
    const held_worker one(pool.at(0));
    const held_worker other(pool.at(1));
    for (const auto& client : clients) client->send(get("/a"));
  }
  for (auto client = clients.rbegin(); client != clients.rend(); ++client)  // the first waits for all others
    EXPECT_EQ((*client)->read_answer().body.size(), large);
  for (std::size_t i = 0; i < clients.size(); ++i)
    EXPECT_EQ(observer.wait_for(before + i).bytes_sent, clients.front()->last_head().size() + large);
}

TEST_P(server_hot_path_test, a_client_that_leaves_or_vanishes_is_noticed) {
  const auto port = start();
  wire_client leaves(port);
  wire_client vanishes(port);
  for (auto* const client : {&leaves, &vanishes}) {
    warm(*client, get("/a"));
    EXPECT_EQ(ask(*client, get("/a")), "known /a");
  }
  EXPECT_TRUE(observer.wait_for_connections(2));
  leaves.close();
  EXPECT_TRUE(observer.wait_for_connections(1));
  vanishes.vanish();
  EXPECT_TRUE(observer.wait_for_connections(0));
}

TEST_P(server_hot_path_test, a_drain_closes_who_asks_nothing) {
  limits.last_call = 0s;
  wire_client client(start());
  warm(client, get("/a"));
  EXPECT_EQ(ask(client, get("/a")), "known /a");
  latch_in_time drained;
  served->drain(1h, [&] { drained.reach(); });
  EXPECT_TRUE(client.closed_by_server());
  EXPECT_TRUE(drained.wait());
  EXPECT_TRUE(observer.wait_for_connections(0));
}

TEST_P(server_hot_path_test, the_end_of_the_grace_closes_all) {
  limits.last_call = 1h;
  wire_client client(start());
  warm(client, get("/a"));
  EXPECT_EQ(ask(client, get("/a")), "known /a");
  latch_in_time drained;
  served->drain(10ms, [&] { drained.reach(); });
  EXPECT_TRUE(client.closed_by_server());
  EXPECT_TRUE(drained.wait());
}

TEST_P(server_hot_path_test, a_server_may_be_destroyed_with_its_connections) {
  wire_client client(start());
  warm(client, get("/a"));
  EXPECT_EQ(ask(client, get("/a")), "known /a");
  pool.stop();
  served.reset();
  EXPECT_TRUE(client.closed_by_server());
}

INSTANTIATE_TEST_SUITE_P(waiting, server_hot_path_test, testing::Values(0U, 8U),
                         [](const auto& info) { return std::string(info.param == 0 ? "at_rest" : "by_asio"); });

}  // namespace
}  // namespace sidecache::net
