// A lookup of a record by formula allocates nothing on the hot path.
//
// Not in builds for the sanitizers: see counted_allocations.hpp.
#if !__has_feature(address_sanitizer) && !__has_feature(thread_sanitizer)

#include <gtest/gtest.h>

#include "mock/handler.hpp"
#include "unit/counted_allocations.hpp"
#include "unit/mock/mock_client.hpp"

namespace sidecache::mock {
namespace {

TEST(formula_allocation, is_none_once_the_answer_before_was_written) {
  options with;
  with.records = 1'000'000;
  with.journal = false;
  mock_client console(with);
  handler served(console.served);
  http::request_head head;
  head.method = http::method::get;
  head.fields.add("x-portkey-api-key", acme_prod_key);
  const auto known = served.recognise(head);
  ASSERT_TRUE(known);
  const auto ask = [&](std::string_view target) {
    proxy::answer out;
    ASSERT_TRUE(served.answer_known(target, *known, {}, {}, out));
  };
  ask("/v1/integrations/load-1");
  const auto before = tests::allocations;
  for (int i = 0; i < 1000; ++i) ask("/v1/integrations/load-123456");
  EXPECT_EQ(tests::allocations, before);
}

}  // namespace
}  // namespace sidecache::mock

#endif
