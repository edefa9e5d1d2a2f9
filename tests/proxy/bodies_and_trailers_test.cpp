// What a request's body means to a lookup, whose failure it is when one breaks off, and who gets trailers.
#include <gtest/gtest.h>

#include <boost/asio/detached.hpp>

#include "proxy/relay_sink.hpp"
#include "proxy/world.hpp"

namespace sidecache::tests {
namespace {

TEST(bodies, a_body_changes_nothing_about_a_lookup_and_is_not_sent_on) {
  world w;
  w.origin.says(x_path, record("integration", "x"));
  EXPECT_EQ(w.ask("GET", x_path, key_a, "{}").outcome, outcome::miss);
  EXPECT_EQ(w.origin.last().body, http::framing::none);
  EXPECT_EQ(w.ask("GET", x_path, key_a, "{\"other\":1}").outcome, outcome::hit);
  EXPECT_EQ(w.get(x_path).outcome, outcome::hit);
  EXPECT_EQ(w.ask("HEAD", x_path, key_a, "{}").outcome, outcome::hit);
  EXPECT_EQ(w.origin.count(x_path), 1);
}

TEST(bodies, a_clients_own_failure_is_not_answered_as_the_control_planes_and_what_it_touched_is_asked_anew) {
  world w;
  w.origin.says(x_path, record("integration", "x"));
  w.get(x_path);
  const proxy::failure broke_off{
      .kind = proxy::failure_kind::reset, .sent = true, .detail = "its body broke off", .by_client = true};
  w.origin.says("PUT /v1/integrations/x", {.failure = broke_off});
  const auto talk = w.start("PUT", x_path, key_a, "{}");
  EXPECT_FALSE(talk->answered()) << "the session knows whether there is anybody to answer, and what was wrong";
  EXPECT_EQ(w.get(x_path).outcome, outcome::miss);
  EXPECT_EQ(w.origin.count(x_path), 2);
}

struct what_went_on final : proxy::answer_sink {
  asio::awaitable<boost::system::error_code> start(http::response_head& head) override {
    fields = head.fields;
    co_return boost::system::error_code{};
  }
  asio::awaitable<boost::system::error_code> write(std::string_view /*piece*/) override {
    co_return boost::system::error_code{};
  }
  asio::awaitable<boost::system::error_code> finish(const http::fields& ended_by) override {
    trailers = ended_by;
    co_return boost::system::error_code{};
  }
  http::fields fields;
  http::fields trailers;
};

what_went_on relayed(bool takes_trailers) {
  world w;
  what_went_on client;
  const http::request_head request;
  proxy::write_permit permit = w.core.begin_write(request, {});
  proxy::relay_sink sink(client, permit, {.reason = "method", .detail = {}}, takes_trailers);
  http::response_head head;
  head.status = 200;
  head.fields.add("Trailer", "X-Sum");
  http::fields trailers;
  trailers.add("X-Sum", "1");
  trailers.add("Set-Cookie", "a=b");
  const auto pass = [&]() -> asio::awaitable<void> {
    co_await sink.start(head);
    co_await sink.finish(trailers);
  };
  asio::co_spawn(w.context, pass, asio::detached);
  w.run();
  return client;
}

TEST(trailers, go_to_a_client_that_takes_them_but_for_those_that_are_no_trailers) {
  const auto got = relayed(true);
  EXPECT_EQ(got.fields.find("Trailer"), "X-Sum");
  EXPECT_EQ(got.trailers.size(), 1);
  EXPECT_EQ(got.trailers.find("X-Sum"), "1");
}

TEST(trailers, are_neither_sent_nor_announced_to_others) {
  const auto got = relayed(false);
  EXPECT_FALSE(got.fields.contains("Trailer"));
  EXPECT_TRUE(got.trailers.empty());
}

}  // namespace
}  // namespace sidecache::tests
