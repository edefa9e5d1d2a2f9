// Many credentials see the same record: its bytes are held once, and count once.
#include <gtest/gtest.h>

#include "proxy/world.hpp"

namespace sidecache::tests {
namespace {

const std::string large = record("provider", "p", R"(,"note":")" + std::string(20'000, 'x') + '"');

header_list key(int n) { return {{"x-portkey-api-key", "key-" + std::to_string(n)}}; }

std::size_t held_by(const world& w) { return w.core.figures().bytes; }

TEST(shared_bodies, a_further_credential_costs_no_second_copy) {
  world w;
  w.origin.says(provider_path, large);
  w.get(provider_path, key(0));
  const auto one = held_by(w);
  EXPECT_GT(one, large.size());
  for (int i = 1; i < 100; ++i) EXPECT_EQ(w.get(provider_path, key(i)).body, large);
  EXPECT_LT(held_by(w), one + 99 * 1500);
}

TEST(shared_bodies, it_is_paid_for_until_the_last_of_them_goes) {
  world w;
  w.origin.says(provider_path, large);
  for (int i = 0; i < 3; ++i) w.get(provider_path, key(i));
  w.origin.says("DELETE " + provider_path, {.body = "{}"});
  const auto before = held_by(w);
  w.core.purge({.partition = w.core.partition_of({.authorization = {}, .api_key = "key-0"})});
  EXPECT_LT(held_by(w), before);
  EXPECT_GT(held_by(w), large.size());
  w.core.purge({});
  EXPECT_EQ(held_by(w), 0U);
}

TEST(shared_bodies, a_new_version_takes_the_place_of_the_old_one) {
  world w;
  w.origin.says(provider_path, large);
  for (int i = 0; i < 3; ++i) w.get(provider_path, key(i));
  const std::string newer = record("provider", "p", R"(,"note":"short")");
  w.origin.says(provider_path, newer);
  w.clock.advance(1h);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(w.get(provider_path, key(i)).body, newer);
  EXPECT_LT(held_by(w), 3 * 1500U);
}

TEST(shared_bodies, the_bound_holds_for_what_is_shared_too) {
  proxy::settings s;
  s.max_bytes = 100'000;
  world w(s);
  for (int i = 0; i < 50; ++i) {
    const auto at = "/v1/providers/p" + std::to_string(i);
    w.origin.says(at, record("provider", "p" + std::to_string(i), R"(,"note":")" + std::string(20'000, 'x') + '"'));
    for (int k = 0; k < 3; ++k) w.get(at, key(k));
    EXPECT_LE(held_by(w), 100'000U);
  }
  EXPECT_GT(held_by(w), 60'000U);
  EXPECT_GT(w.core.figures().evicted, 100U);
}

TEST(shared_bodies, one_that_is_over_the_bound_alone_pushes_nobody_out) {
  proxy::settings s;
  s.max_bytes = 100'000;
  world w(s);
  w.origin.says(provider_path, large);
  w.get(provider_path);
  w.origin.says("/v1/providers/huge", record("provider", "huge", R"(,"note":")" + std::string(120'000, 'x') + '"'));
  EXPECT_EQ(w.get("/v1/providers/huge").status, 200U);
  EXPECT_EQ(w.get(provider_path).outcome, outcome::hit);
  EXPECT_EQ(w.core.figures().evicted, 0U);
}

}  // namespace
}  // namespace sidecache::tests
