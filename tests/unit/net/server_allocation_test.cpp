// A hit on a warm connection allocates nothing on its worker: no buffer, no coroutine frame, no string is new.
//
// Not in builds for the sanitizers: see counted_allocations.hpp.
#if !__has_feature(address_sanitizer) && !__has_feature(thread_sanitizer)

#include <gtest/gtest.h>

#include "unit/counted_allocations.hpp"
#include "unit/net/server_fixture.hpp"

namespace sidecache::net {
namespace {

using tests::allocations;

/// Keeps nothing, as the recording one would allocate.
struct deaf_observer final : proxy::observer {
  void finished(const proxy::finished_request& /*request*/) override {}
  void finished(const proxy::finished_attempt& /*attempt*/) override {}
  void upstream_connections(proxy::connection_state /*state*/, int /*by*/) override {}
  void client_connections(int /*by*/) override {}
  void unknown_in_record(records::kind /*kind*/, std::uint64_t /*fields*/, std::uint64_t /*values*/) override {}
};

TEST(server_allocation_test, a_hit_on_a_warm_connection_allocates_nothing) {
  const auto body = std::make_shared<std::string>(1500, 'x');
  std::atomic<std::size_t> before_answer = 0;
  scripted_handler handler;
  handler.known = [&](std::string_view, std::string_view, proxy::answer& stored) {
    before_answer = allocations;
    stored.owner = body;
    stored.head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nETag: \"1\"\r\n";
    stored.extra.append("Age: 3\r\n");
    stored.body = *body;
    return true;
  };
  handler.now = [&](const http::request_head&) { return text_answer(*body); };
  deaf_observer observer;
  worker_pool pool(1);
  server served(
      pool, {*parse_listen_address("127.0.0.1:0")}, [&](std::size_t) -> proxy::handler& { return handler; },
      [&](std::size_t) -> proxy::observer& { return observer; });
  served.open();
  pool.start();
  wire_client client(served.port());
  const auto ask = [&](int times) {
    for (int i = 0; i < times; ++i) {
      client.send(get("/v1/virtual-keys/x" + std::to_string(i % 7),
                      "x-portkey-api-key: abcdefgh\r\naccept: application/json\r\nuser-agent: a client\r\n"
                      "traceparent: 00-" +
                          std::to_string(i) + "-01\r\nif-none-match: \"" + std::to_string(i) +
                          "\"\r\n"
                          "content-type: application/json\r\naccept-encoding: gzip, deflate\r\n"));
      EXPECT_EQ(client.read_answer().body.size(), body->size());
    }
    return before_answer.load();
  };
  const auto warm = ask(50);
  EXPECT_GT(warm, 0) << "the counter counts";
  EXPECT_EQ(ask(200), warm);
}

}  // namespace
}  // namespace sidecache::net

#endif
