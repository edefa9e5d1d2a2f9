// What is remembered of what is not there has a budget of its own, and each credential a part of it.
#include <gtest/gtest.h>

#include "proxy/world.hpp"

namespace sidecache::tests {
namespace {

proxy::settings small_cache() {
  proxy::settings s;
  s.max_bytes = 1U << 20U;
  s.freshness.ttl = 1h;
  s.freshness.negative_ttl = 1h;
  s.refresh_ahead = 0;
  return s;
}
std::string provider(int n) { return "/v1/providers/p" + std::to_string(n); }
std::string unknown(int n) { return "/v1/providers/nobody-has-ever-heard-of-this-one-" + std::to_string(n); }

void store_records(world& w, int count, const header_list& who) {
  for (int i = 0; i < count; ++i) {
    w.origin.says(provider(i),
                  record("provider", "p" + std::to_string(i), R"(,"note":")" + std::string(1000, 'x') + '"'));
    w.get(provider(i), who);
  }
}

TEST(negatives, a_flood_of_unknown_slugs_leaves_another_credentials_hits) {
  world w(small_cache());
  store_records(w, 200, key_b);
  int asked = 0;
  int hit = 0;
  for (int i = 0; i < 200'000; ++i) {
    w.get(unknown(i), key_a);
    if (i % 20 != 0) continue;
    ++asked;
    hit += w.get(provider(i / 20 % 200), key_b).outcome == outcome::hit ? 1 : 0;
  }
  EXPECT_GE(hit, asked * 99 / 100);
  EXPECT_EQ(w.core.figures().evicted, 0U) << "no record had to go for what is none";
  EXPECT_GT(w.core.figures().evicted_over_share, 0U);
  EXPECT_LE(w.core.figures().minor_bytes, (1U << 20U) / 10);
}

TEST(negatives, take_their_share_and_no_more_while_there_is_room) {
  world w(small_cache());
  for (int i = 0; i < 1000; ++i) w.get(unknown(i));
  EXPECT_LE(w.core.figures().bytes, (1U << 20U) / 10);
  EXPECT_GT(w.core.figures().bytes, (1U << 20U) / 20);
}

TEST(negatives, push_out_no_record_when_records_fill_the_memory) {
  world w(small_cache());
  store_records(w, 1000, key_b);  // more than there is room for
  const auto before = w.core.figures();
  ASSERT_GT(before.evicted, 0U);
  for (int i = 0; i < 1000; ++i) w.get(unknown(i), key_a);
  EXPECT_EQ(w.core.figures().evicted, before.evicted);
}

TEST(negatives, one_credentials_flood_leaves_another_its_own) {
  world w(small_cache());
  for (int i = 0; i < 20; ++i) w.get(unknown(i), key_b);
  for (int i = 0; i < 20'000; ++i) w.get(unknown(i), key_a);
  int remembered = 0;
  for (int i = 0; i < 20; ++i) remembered += w.get(unknown(i), key_b).outcome == outcome::negative_hit ? 1 : 0;
  EXPECT_GE(remembered, 19);
}

TEST(negatives, inactive_records_are_records_all_the_same) {
  world w(small_cache());
  w.origin.says(provider(1), record("provider", "p1", R"(,"expires_at":"2001-01-01T00:00:00Z")"));
  w.get(provider(1), key_b);
  for (int i = 0; i < 5'000; ++i) w.get(unknown(i), key_a);
  EXPECT_EQ(w.get(provider(1), key_b).outcome, outcome::hit);
}

}  // namespace
}  // namespace sidecache::tests
