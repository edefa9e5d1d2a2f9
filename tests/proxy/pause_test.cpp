// A 429 pauses the credential that got it, a little longer than Retry-After says, and nobody else.
#include "proxy/pause.hpp"

#include <gtest/gtest.h>

#include <set>

#include "proxy/world.hpp"

namespace sidecache::tests {
namespace {

TEST(pause, is_a_tenth_longer_at_most_and_never_shorter) {
  using proxy::with_jitter;
  EXPECT_EQ(with_jitter(20s, 0), 20s);
  EXPECT_GT(with_jitter(20s, ~std::uint64_t{0}), 21999ms);
  EXPECT_LE(with_jitter(20s, ~std::uint64_t{0}), 22s);
  EXPECT_GT(with_jitter(0s, ~std::uint64_t{0}), 99ms) << "a tenth of nothing would keep all in step";
  EXPECT_LE(with_jitter(0s, ~std::uint64_t{0}), 100ms);
}

/// For how long a credential's lookups wait, in a process with such keys, in steps of 50 ms.
duration paused_for(unsigned char seed) {
  world w;
  process_keys keys;
  keys.table_key = {seed, seed};
  proxy::core core({}, w.clock, keys);
  proxy::proxy_handler handler(core, w.origin, w.observer, w.alarms, w.context.get_executor());
  const auto ask = [&] {
    http::request_head head;
    head.method_name = "GET";
    head.method = http::method::get;
    head.target = provider_path;
    head.fields.add("x-portkey-api-key", "key-a");
    conversation talk(std::move(head), "");
    asio::co_spawn(w.context, handler.handle(talk), [](const std::exception_ptr& failure) {
      if (failure) std::rethrow_exception(failure);
    });
    w.run();
    return talk.got().status;
  };
  w.origin.says(provider_path, {.status = 429, .body = "{}", .fields = {{"Retry-After", "20"}}});
  EXPECT_EQ(ask(), 429U);
  w.origin.says(provider_path, record("provider", "p"));
  const mono_time begun = w.clock.now().mono;
  while (ask() != 200) {
    EXPECT_LE(w.clock.now().mono - begun, 22s);
    w.clock.advance(50ms);
  }
  core.close();
  return w.clock.now().mono - begun;
}

TEST(pause, ends_at_another_time_in_each_process) {
  std::set<duration> ends;
  for (unsigned char seed = 1; seed <= 10; ++seed) {
    const duration each = paused_for(seed);
    EXPECT_GE(each, 20s);
    ends.insert(each);
  }
  EXPECT_GE(ends.size(), 5U);
}

TEST(pause, others_and_writes_go_on) {
  world w;
  w.origin.says(provider_path, {.status = 429, .body = "{}", .fields = {{"Retry-After", "20"}}});
  EXPECT_EQ(w.get(provider_path).status, 429U);
  w.origin.says(provider_path, record("provider", "p"));
  w.origin.says("PUT /v1/providers/p", {.body = "{}"});
  EXPECT_EQ(w.get(provider_path).status, 429U);
  EXPECT_EQ(w.get(provider_path, key_b).status, 200U);
  EXPECT_EQ(w.ask("PUT", provider_path, key_a, "{}").status, 200U);
  EXPECT_EQ(w.origin.count(provider_path), 2) << "the one that was told to, and the other credential's";
}

}  // namespace
}  // namespace sidecache::tests
