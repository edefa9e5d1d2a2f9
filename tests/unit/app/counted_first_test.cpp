// Pages wait for the workers to have counted; what changes something does not.
#include "app/counted_first.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <future>

#include "unit/mock/memory_exchange.hpp"

namespace sidecache::app {
namespace {

namespace asio = boost::asio;

class ready_at_once final : public proxy::handler {
 public:
  std::optional<proxy::answer> answer_now(const http::request_head& /*request*/,
                                          const proxy::known_block* /*by*/) override {
    return proxy::make_answer(200, "text/plain", "figures");
  }
  asio::awaitable<void> handle(proxy::exchange& /*client*/) override { co_return; }
};

/// Whether a request is answered while the one worker is at something long.
bool answered_meanwhile(http::method method) {
  ready_at_once figures;
  net::worker_pool workers(1);
  counted_first pages(figures, workers);
  workers.start();
  std::promise<void> over;
  asio::post(workers.at(0).context, [&] { over.get_future().wait(); });
  asio::io_context console{1};
  mock::memory_exchange client;
  client.head.method = method;
  asio::co_spawn(console, pages.handle(client), asio::detached);
  console.poll();
  const bool answered = client.answered();
  over.set_value();
  console.restart();
  console.run();
  EXPECT_TRUE(client.answered()) << "in the end";
  return answered;
}

TEST(counted_first, a_page_waits_for_the_workers_and_a_purge_does_not) {
  EXPECT_FALSE(answered_meanwhile(http::method::get));
  EXPECT_TRUE(answered_meanwhile(http::method::post));
}

}  // namespace
}  // namespace sidecache::app
