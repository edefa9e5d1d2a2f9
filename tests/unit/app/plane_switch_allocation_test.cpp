// Choosing a plane for a hit allocates nothing: its head is copied into one that keeps its memory.
//
// Not in builds for the sanitizers: see counted_allocations.hpp.
#if !__has_feature(address_sanitizer) && !__has_feature(thread_sanitizer)

#include <gtest/gtest.h>

#include "app/plane_switch.hpp"
#include "unit/counted_allocations.hpp"

namespace sidecache::app {
namespace {

using tests::allocations;

class hit final : public proxy::handler {
 public:
  std::optional<proxy::answer> answer_now(const http::request_head& request,
                                          const proxy::known_block* /*by*/) override {
    length = request.target.size() + request.fields.size();
    return proxy::answer{};
  }
  boost::asio::awaitable<void> handle(proxy::exchange& /*client*/) override { co_return; }
  std::size_t length = 0;
};

class deaf final : public proxy::observer {
 public:
  void finished(const proxy::finished_request& /*request*/) override {}
  void finished(const proxy::finished_attempt& /*attempt*/) override {}
  void upstream_connections(proxy::connection_state /*state*/, int /*by*/) override {}
  void client_connections(int /*by*/) override {}
  void unknown_in_record(records::kind /*kind*/, std::uint64_t /*fields*/, std::uint64_t /*values*/) override {}
};

TEST(plane_switch_allocation_test, a_hit_behind_a_prefix_allocates_nothing) {
  hit stored;
  deaf observer;
  plane_switch chooses({{"/cp", stored, observer}, {"/albus", stored, observer}}, observer);
  http::request_head request;
  request.method = http::method::get;
  request.method_name = "GET";
  request.target = "/albus/v2/virtual-keys/a-slug-of-some-length?organisation_id=3f2504e0-4f89-41d3-9a0c-0305e82c3301";
  for (const char* const name : {"Host", "Authorization", "x-portkey-api-key", "accept", "user-agent", "traceparent"})
    request.fields.add(name, "a value of some length, as they have");
  const auto ask = [&](int times) {
    for (int i = 0; i < times; ++i) {
      EXPECT_TRUE(chooses.answer_now(request, nullptr));
      chooses.finished(proxy::finished_request{.report = {}, .method = "GET", .target = request.target});
    }
    return allocations;
  };
  const auto warm = ask(3);
  EXPECT_EQ(ask(100), warm);
  EXPECT_GT(stored.length, 0U);
}

}  // namespace
}  // namespace sidecache::app

#endif
