// A request counts before its client can know how it ended, and as what its client saw.
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "mock/handler.hpp"
#include "unit/mock/memory_exchange.hpp"
#include "unit/mock/mock_client.hpp"

namespace sidecache::mock {
namespace {

namespace asio = proxy::asio;

struct counted_in_time : ::testing::Test {
  mock_client console;
  handler served{console.served};
  asio::io_context context{1};
  memory_exchange client;
  std::string counted_then;  ///< when the answer's end was handed over

  void ask(std::string_view fault) {
    ASSERT_EQ(console.post("/__mock/faults", fault).status, 200);
    client.head.method = http::method::get;
    client.head.method_name = "GET";
    client.head.target = "/v1/integrations/openai-prod";
    client.head.fields.add("x-portkey-api-key", acme_prod_key);
    client.before_sending = [this] { counted_then = counts(); };
    asio::co_spawn(context, served.handle(client), [](const std::exception_ptr& failure) {
      if (failure) std::rethrow_exception(failure);
    });
    context.run();
  }
  std::string counts() { return json::serialize(console.get("/__mock/run").body.at("requests")); }
};

constexpr std::string_view one_whole = R"({"arrived":1,"in_flight":0,"whole":1,"reset":0,"cut":0,"client_left":0})";
constexpr std::string_view one_cut = R"({"arrived":1,"in_flight":0,"whole":0,"reset":0,"cut":1,"client_left":0})";
constexpr std::string_view one_reset = R"({"arrived":1,"in_flight":0,"whole":0,"reset":1,"cut":0,"client_left":0})";
constexpr std::string_view one_left = R"({"arrived":1,"in_flight":0,"whole":0,"reset":0,"cut":0,"client_left":1})";

TEST_F(counted_in_time, an_answer_in_one_piece) {
  ask(R"({"kind":"latency","ms":1})");
  EXPECT_EQ(counted_then, one_whole);
}

TEST_F(counted_in_time, an_answer_in_pieces) {
  ask(R"({"kind":"slow_body","bytes":700,"ms":1})");
  EXPECT_GT(client.pieces.size(), 1U);
  EXPECT_EQ(counted_then, one_whole);
  EXPECT_EQ(counts(), one_whole);
}

TEST_F(counted_in_time, an_answer_that_breaks_off_and_never_has_all_its_bytes) {
  ask(R"({"kind":"truncate","bytes":1000000})");
  EXPECT_EQ(counted_then, one_cut);
  EXPECT_EQ(client.content.size() + 1, client.announced);
  EXPECT_EQ(console.get("/__mock/run").body.at("by_status").as_object().size(), 0U);
}

TEST_F(counted_in_time, a_reset) {
  ask(R"({"kind":"reset"})");
  EXPECT_EQ(counts(), one_reset);
}

TEST_F(counted_in_time, a_client_that_left) {
  client.gone = true;
  ask(R"({"kind":"latency","ms":1})");
  EXPECT_EQ(counts(), one_left);
}

TEST_F(counted_in_time, a_client_that_left_between_the_pieces) {
  client.gone = true;
  ask(R"({"kind":"slow_body","bytes":700,"ms":1})");
  EXPECT_EQ(counts(), one_left);
}

TEST_F(counted_in_time, delays_as_intended_and_as_they_were) {
  ask(R"([{"kind":"latency","ms":20},{"kind":"latency","ms":5,"when":"after"}])");
  const auto delays = console.get("/__mock/run").body.at("delays_ms");
  EXPECT_EQ(delays.at("intended").at("count"), 1);
  EXPECT_NEAR(delays.at("intended").at("max").to_number<double>(), 25, 0.001);
  EXPECT_GE(delays.at("achieved").at("max").to_number<double>(), 25);
}

}  // namespace
}  // namespace sidecache::mock
