// The handler, over an exchange in memory: what goes out, when, and what is left unfinished on purpose.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <thread>
#include <vector>

#include "mock/handler.hpp"
#include "unit/mock/memory_exchange.hpp"
#include "unit/mock/mock_client.hpp"

namespace sidecache::mock {
namespace {

namespace asio = proxy::asio;
using ::testing::HasSubstr;
using ::testing::Not;

struct mock_handler : ::testing::Test {
  mock_client console;
  handler served{console.served};
  asio::io_context context{1};
  memory_exchange client;

  void ask(std::string_view method, std::string_view target, std::string_view body = {}) {
    client.head.method = http::method_from(method);
    client.head.method_name = method;
    client.head.target = target;
    client.head.fields.add("x-portkey-api-key", acme_prod_key);
    client.sent_body = body;
    client.head.body = body.empty() ? http::framing::none : http::framing::length;
    client.head.content_length = body.size();
    asio::co_spawn(context, served.handle(client), [](const std::exception_ptr& failure) {
      if (failure) std::rethrow_exception(failure);
    });
  }
  void fault(std::string_view json) { ASSERT_EQ(console.post("/__mock/faults", json).status, 200); }
  std::string record() { return console.get("/v1/integrations/openai-prod").bytes; }
  json::value counts() { return console.get("/__mock/requests").body; }
};

TEST_F(mock_handler, answers_reads_at_once_while_nothing_is_to_go_wrong) {
  ask("GET", "/v1/integrations/openai-prod");
  auto now = served.answer_now(client.head, nullptr);
  ASSERT_TRUE(now);
  EXPECT_EQ(now->status, 200U);
  EXPECT_EQ(now->body, record());
  EXPECT_THAT(std::string(now->head),
              HasSubstr("HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=utf-8\r\n"));
  fault(R"({"kind":"latency","ms":1})");
  EXPECT_FALSE(served.answer_now(client.head, nullptr)) << "a pause takes a coroutine";
  client.head.body = http::framing::length;
  console.del("/__mock/faults");
  EXPECT_FALSE(served.answer_now(client.head, nullptr)) << "so does a body";
}

TEST_F(mock_handler, reads_the_body_of_a_write) {
  ask("PUT", "/v1/integrations/openai-prod", R"({"name":"by handler"})");
  context.run();
  EXPECT_EQ(client.status, 200U);
  EXPECT_EQ(client.content, "{}");
  EXPECT_THAT(record(), HasSubstr("by handler"));
}

TEST_F(mock_handler, takes_no_body_over_its_limit) {
  ask("PUT", "/v1/integrations/openai-prod", std::string(std::size_t{3} << 20U, 'x'));
  context.run();
  EXPECT_EQ(client.status, 413U);
}

TEST_F(mock_handler, waits_before_it_works_on_the_request) {
  fault(R"({"kind":"latency","ms":20,"path":"/openai-prod"})");
  ask("GET", "/v1/integrations/openai-prod");
  context.poll();
  EXPECT_EQ(client.status, 0U);
  EXPECT_EQ(counts().at("in_flight"), 1);
  console.post("/__mock/edit",
               R"({"kind":"integrations","slug":"openai-prod","organisation":"acme","patch":{"name":"new"}})");
  context.run();
  EXPECT_THAT(client.content, HasSubstr(R"("name":"new")"));
}

TEST_F(mock_handler, waits_after_it_worked_on_the_request_if_told_so) {
  fault(R"({"kind":"latency","ms":20,"when":"after","path":"/openai-prod"})");
  ask("GET", "/v1/integrations/openai-prod");
  context.poll();
  EXPECT_EQ(client.status, 0U);
  console.post("/__mock/edit",
               R"({"kind":"integrations","slug":"openai-prod","organisation":"acme","patch":{"name":"new"}})");
  context.run();
  EXPECT_THAT(client.content, HasSubstr(R"("name":"OpenAI production")")) << "an answer older than the edit";
}

TEST_F(mock_handler, breaks_off_what_is_to_be_reset_or_stalled) {
  fault(R"({"kind":"reset","times":1})");
  ask("GET", "/v1/integrations/openai-prod");
  context.run();
  EXPECT_TRUE(client.aborted);
  EXPECT_FALSE(client.answered());
  EXPECT_EQ(counts().at("by_status").at("0"), 1);

  fault(R"({"kind":"stall","ms":20})");
  client = memory_exchange{};
  context.restart();
  ask("GET", "/v1/integrations/openai-prod");
  context.poll();
  EXPECT_FALSE(client.answered()) << "held";
  EXPECT_EQ(counts().at("in_flight"), 1);
  context.run();
  EXPECT_TRUE(client.aborted);
}

TEST_F(mock_handler, sends_a_slow_body_in_pieces) {
  fault(R"({"kind":"slow_body","bytes":500,"ms":1})");
  const auto whole = record();
  ask("GET", "/v1/integrations/openai-prod");
  context.run();
  EXPECT_EQ(client.content, whole);
  EXPECT_EQ(client.pieces.size(), (whole.size() + 499) / 500);
  EXPECT_EQ(client.announced, whole.size());
  EXPECT_TRUE(client.finished);
}

TEST_F(mock_handler, truncates_below_the_announced_length) {
  fault(R"({"kind":"truncate","bytes":10})");
  ask("GET", "/v1/integrations/openai-prod");
  context.run();
  EXPECT_EQ(client.announced, record().size());
  EXPECT_EQ(client.content, record().substr(0, 10));
  EXPECT_FALSE(client.finished);
}

TEST_F(mock_handler, announces_more_than_it_sends) {
  fault(R"({"kind":"wrong_length","bytes":7})");
  ask("GET", "/v1/integrations/openai-prod");
  context.run();
  EXPECT_EQ(client.announced, record().size() + 7);
  EXPECT_EQ(client.content, record());
  EXPECT_FALSE(client.finished);
}

TEST_F(mock_handler, cuts_a_chunked_body) {
  fault(R"({"kind":"cut_chunk"})");
  ask("GET", "/v1/integrations/openai-prod");
  context.run();
  EXPECT_EQ(client.streamed, http::framing::chunked);
  EXPECT_EQ(client.content, record().substr(0, record().size() / 2));
  EXPECT_FALSE(client.finished);
}

TEST_F(mock_handler, chunks_a_whole_body) {
  fault(R"({"kind":"chunked"})");
  ask("GET", "/v1/integrations/openai-prod");
  context.run();
  EXPECT_EQ(client.streamed, http::framing::chunked);
  EXPECT_EQ(client.content, record());
  EXPECT_TRUE(client.finished);
}

TEST_F(mock_handler, compresses_unasked) {
  fault(R"({"kind":"gzip"})");
  ask("GET", "/v1/integrations/openai-prod");
  context.run();
  EXPECT_THAT(client.fields, HasSubstr("Content-Encoding: gzip\r\n"));
  std::string plain(10'000, '\0');
  z_stream stream{};
  ASSERT_EQ(inflateInit2(&stream, 15 + 16), Z_OK);
  stream.next_in = reinterpret_cast<Bytef*>(client.content.data());
  stream.avail_in = static_cast<uInt>(client.content.size());
  stream.next_out = reinterpret_cast<Bytef*>(plain.data());
  stream.avail_out = static_cast<uInt>(plain.size());
  EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
  plain.resize(stream.total_out);
  inflateEnd(&stream);
  EXPECT_EQ(plain, record());
}

TEST_F(mock_handler, makes_a_huge_body_that_is_json_all_the_same) {
  fault(R"({"kind":"huge_body","bytes":300000})");
  ask("GET", "/v1/integrations/openai-prod");
  context.run();
  EXPECT_EQ(client.announced, 300'000U);
  EXPECT_EQ(client.content.size(), 300'000U);
  EXPECT_EQ(text(json::parse(client.content), "/object"), "integration");
  EXPECT_GT(client.pieces.size(), 3U) << "never held as a whole";
}

TEST_F(mock_handler, sets_fields_and_adds_a_flood_of_them) {
  fault(R"([{"kind":"header","name":"Content-Type","value":"text/plain"},
            {"kind":"header","name":"Cache-Control","value":"no-store"},{"kind":"many_headers","count":2000}])");
  ask("GET", "/v1/integrations/openai-prod");
  context.run();
  EXPECT_THAT(client.fields, HasSubstr("Content-Type: text/plain\r\n"));
  EXPECT_THAT(client.fields, HasSubstr("Cache-Control: no-store\r\n"));
  EXPECT_THAT(client.fields, HasSubstr("x-mock-1999: 1\r\n"));
  EXPECT_EQ(client.content, record());
}

TEST_F(mock_handler, answers_html_with_200) {
  fault(R"({"kind":"html"})");
  ask("GET", "/v1/integrations/openai-prod");
  context.run();
  EXPECT_EQ(client.status, 200U);
  EXPECT_THAT(client.fields, HasSubstr("Content-Type: text/html"));
  EXPECT_THAT(client.content, HasSubstr("<html>"));
}

TEST_F(mock_handler, is_shared_by_threads) {
  constexpr int threads = 4;
  constexpr int each = 200;
  {
    std::vector<std::jthread> all;
    for (int t = 0; t < threads; ++t)
      all.emplace_back([this, t] {
        const auto target = "/v1/integrations/made-" + std::to_string(t);
        const auto say = [&](std::string_view method, std::string_view body) {
          http::fields fields;
          fields.add("x-portkey-api-key", acme_prod_key);
          return console.send_with(method, body.empty() ? target : "/v1/integrations", body, fields);
        };
        const auto body = R"({"name":"n","ai_provider_id":"openai","slug":"made-)" + std::to_string(t) + R"("})";
        for (int i = 0; i < each; ++i) {
          EXPECT_EQ(say("POST", body).status, 200U);
          EXPECT_EQ(say("GET", "").status, 200U);
          EXPECT_EQ(say("DELETE", "").status, 200U);
        }
      });
  }
  EXPECT_EQ(counts().at("total"), threads * each * 3);
}

TEST_F(mock_handler, loses_the_answer_to_what_it_did_or_did_not_do) {
  fault(R"({"kind":"reset"})");
  ask("PUT", "/v1/integrations/openai-prod", R"({"name":"by handler"})");
  context.run();
  EXPECT_TRUE(client.aborted);
  EXPECT_FALSE(client.answered());
  EXPECT_THAT(record(), Not(HasSubstr("by handler"))) << "the connection was gone first";

  console.del("/__mock/faults");
  fault(R"({"kind":"reset","when":"after"})");
  client = memory_exchange{};
  context.restart();
  ask("PUT", "/v1/integrations/openai-prod", R"({"name":"by handler"})");
  context.run();
  EXPECT_TRUE(client.aborted);
  EXPECT_FALSE(client.answered());
  console.del("/__mock/faults");
  EXPECT_THAT(record(), HasSubstr("by handler"));
}

TEST_F(mock_handler, serves_its_console_whatever_goes_wrong) {
  fault(R"([{"kind":"reset"},{"kind":"latency","ms":60000}])");
  ask("GET", "/__mock/requests");
  context.poll();
  EXPECT_EQ(client.status, 200U);
  const auto now = served.answer_now(client.head, nullptr);
  ASSERT_TRUE(now);
  EXPECT_EQ(json::parse(now->body).at("total"), 0);
}

TEST_F(mock_handler, sends_no_body_to_a_head_request_even_when_streaming) {
  fault(R"({"kind":"slow_body","ms":1})");
  ask("HEAD", "/v1/integrations/openai-prod");
  context.run();
  EXPECT_TRUE(client.content.empty());
  EXPECT_EQ(client.announced, record().size());
  EXPECT_TRUE(client.finished);
}

}  // namespace
}  // namespace sidecache::mock
