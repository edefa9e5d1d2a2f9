// What sidecache says of itself in the requests that it forwards, and how a loop of proxies ends.
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

#include "proxy/world.hpp"

namespace sidecache::tests {
namespace {

const std::string own = "1.1 sidecache-0000000000000000";  // of a world whose random bytes are all zero

header_list also(header_list fields, std::string name, std::string value) {
  fields.emplace_back(std::move(name), std::move(value));
  return fields;
}

std::string via_of(const world& w) { return w.origin.last().fields.joined("Via").value_or("none"); }

TEST(forwarding, a_lookup_a_revalidation_a_write_and_a_pass_all_say_who_forwarded_them) {
  world w;
  w.origin.says(x_path, {.body = record("integration", "x"),
                         .fields = {{"Content-Type", "application/json"}, {"ETag", "\"1\""}}});
  w.get(x_path);
  EXPECT_EQ(via_of(w), own);
  w.clock.advance(60s);
  w.get(x_path, also(key_a, "Via", "1.0 edge"));
  EXPECT_TRUE(w.origin.last().fields.contains("If-None-Match"));
  EXPECT_EQ(via_of(w), "1.0 edge, " + own);
  w.ask("PUT", x_path, also(key_a, "Via", "1.1 edge (a, b)"), "{}");
  EXPECT_EQ(via_of(w), "1.1 edge (a, b), " + own);
  w.get("/v1/configs");
  EXPECT_EQ(via_of(w), own);
}

TEST(forwarding, what_comes_back_is_a_loop_and_goes_no_further) {
  for (const auto* method : {"GET", "HEAD", "PUT", "OPTIONS", "TRACE"}) {
    world w;
    const auto got = w.ask(method, x_path, also(key_a, "Via", "1.1 edge, " + own));
    EXPECT_EQ(got.status, 508U) << method;
    EXPECT_EQ(got.outcome, outcome::rejected) << method;
    EXPECT_EQ(w.origin.count(x_path) + w.origin.count(method + (" " + x_path)), 0) << method;
    if (std::string_view(method) == "HEAD") continue;
    const auto body = boost::json::parse(got.body);
    EXPECT_EQ(body.at("error").at("code").as_string(), "loop_detected");
    EXPECT_EQ(body.at("status_code").as_int64(), 508);
    EXPECT_EQ(got.fields.contains("x-portkey-gateway-exception"), std::string_view(method) == "PUT");
  }
}

TEST(forwarding, a_loop_that_finds_a_record_in_memory_is_answered_from_there_and_fetches_nothing) {
  world w;
  w.origin.says(x_path, record("integration", "x"));
  w.get(x_path);
  const auto looped = also(key_a, "Via", own);
  EXPECT_EQ(w.get(x_path, looped).outcome, outcome::hit);
  w.clock.advance(35s);
  EXPECT_EQ(w.get(x_path, looped).outcome, outcome::stale_while_revalidate);
  w.run();
  EXPECT_EQ(w.origin.count(x_path), 1) << "a refresh would have gone round";
  EXPECT_EQ(w.get(x_path).outcome, outcome::stale_while_revalidate);
  w.run();
  EXPECT_EQ(w.origin.count(x_path), 2);
}

TEST(forwarding, another_sidecache_is_not_taken_for_this_one) {
  world w;
  w.origin.says(x_path, record("integration", "x"));
  const auto got = w.get(x_path, also(key_a, "Via", "1.1 sidecache-0000000000000001"));
  EXPECT_EQ(got.status, 200U);
  EXPECT_EQ(via_of(w), "1.1 sidecache-0000000000000001, " + own);
}

TEST(forwarding, each_start_draws_a_name_of_its_own) {
  const manual_clock clock;
  const proxy::core one({}, clock, process_keys::random());
  const proxy::core other({}, clock, process_keys::random());
  EXPECT_NE(one.pseudonym(), other.pseudonym());
  EXPECT_EQ(one.pseudonym().size(), std::string_view("sidecache-0011223344556677").size());
}

TEST(forwarding, options_and_trace_go_as_far_as_they_may) {
  world w;
  const auto here = w.ask("OPTIONS", "*", also(key_a, "Max-Forwards", "0"));
  EXPECT_EQ(here.status, 204U);
  EXPECT_EQ(here.fields.joined("Allow"), "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
  const auto trace = w.ask("TRACE", x_path, also(key_a, "Max-Forwards", "0"));
  EXPECT_EQ(trace.status, 405U);
  EXPECT_EQ(trace.outcome, outcome::rejected);
  EXPECT_TRUE(trace.fields.contains("Allow"));
  EXPECT_EQ(trace.body.find("key-a"), std::string::npos) << "a TRACE is not reflected";
  EXPECT_EQ(w.origin.count("OPTIONS *") + w.origin.count("TRACE " + x_path), 0);

  w.ask("OPTIONS", x_path, also(key_a, "Max-Forwards", "3"));
  EXPECT_EQ(w.origin.last().fields.joined("Max-Forwards"), "2");
  w.ask("POST", x_path, also(key_a, "Max-Forwards", "0"), "{}");
  EXPECT_EQ(w.origin.last().fields.joined("Max-Forwards"), "0") << "means nothing with other methods";
}

TEST(forwarding, the_clients_address_stays_here_unless_it_is_asked_for) {
  world w;
  w.ask("PUT", x_path, key_a, "{}");
  EXPECT_FALSE(w.origin.last().fields.contains("X-Forwarded-For"));
  w.ask("PUT", x_path, also(key_a, "X-Forwarded-For", "192.0.2.1"), "{}");
  EXPECT_EQ(w.origin.last().fields.joined("X-Forwarded-For"), "192.0.2.1") << "what came is passed on";

  proxy::settings open;
  open.forwarded_for = true;
  world telling(open);
  telling.ask("PUT", x_path, also(key_a, "X-Forwarded-For", "192.0.2.1"), "{}");
  EXPECT_EQ(telling.origin.last().fields.joined("X-Forwarded-For"), "192.0.2.1, 10.0.0.9");
  telling.get(x_path);
  EXPECT_FALSE(telling.origin.last().fields.contains("X-Forwarded-For")) << "a flight belongs to no one client";
}

}  // namespace
}  // namespace sidecache::tests
