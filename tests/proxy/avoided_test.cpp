// A control plane that is not asked because it failed too often of late: an outage, as far as lookups are concerned.
#include <gtest/gtest.h>

#include "proxy/world.hpp"

namespace sidecache::tests {
namespace {

using namespace std::chrono_literals;
using proxy::failure_kind;

TEST(avoided, a_miss_is_told_when_to_come_again) {
  world w;
  w.origin.fails("/providers/p", failure_kind::avoided, false);
  const auto got = w.get("/providers/p");
  EXPECT_EQ(got.status, 503U);
  EXPECT_EQ(got.outcome, outcome::error);
  EXPECT_EQ(got.fields.find("retry-after"), "1");
  EXPECT_NE(got.body.find("\"upstream_avoided\""), std::string::npos) << got.body;
}

TEST(avoided, a_stale_record_stands_in_though_a_write_left_it_in_doubt) {
  world w;
  w.origin.says("/providers/p", record("provider", "p"));
  w.get("/providers/p");
  w.origin.fails("PUT /v1/providers/p", failure_kind::timeout);
  w.ask("PUT", "/v1/providers/p", key_a, "{}");
  w.origin.fails("/providers/p", failure_kind::avoided, false);
  EXPECT_EQ(w.get("/providers/p").outcome, outcome::stale_error);
}

TEST(avoided, a_write_gets_503_that_no_sdk_repeats) {
  world w;
  w.origin.fails("PUT /v1/providers/p", failure_kind::avoided, false);
  const auto refused = w.ask("PUT", "/v1/providers/p", key_a, "{}");
  EXPECT_EQ(refused.status, 503U);
  EXPECT_EQ(refused.fields.find("x-portkey-gateway-exception"), "true");
}

}  // namespace
}  // namespace sidecache::tests
