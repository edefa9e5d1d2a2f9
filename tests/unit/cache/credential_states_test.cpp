#include "cache/credential_states.hpp"

#include <gtest/gtest.h>

namespace {

using sidecache::digest128;
using sidecache::mono_time;
using sidecache::cache::credential_states;
using namespace std::chrono_literals;

digest128 credential(unsigned n) {
  digest128 d{};
  d[0] = static_cast<unsigned char>(n);
  d[1] = static_cast<unsigned char>(n >> 8U);
  return d;
}

TEST(credential_states, three_different_records_lock) {
  credential_states states;
  EXPECT_FALSE(states.denied(credential(1), 10).locks);
  EXPECT_FALSE(states.denied(credential(1), 10).locks) << "the same record again is not a second one";
  EXPECT_FALSE(states.denied(credential(1), 11).locks);
  EXPECT_FALSE(states.denied(credential(2), 12).locks) << "another credential's denial is its own";
  EXPECT_TRUE(states.denied(credential(1), 12).locks);
  EXPECT_FALSE(states.denied(credential(1), 13).locks) << "it is locked already";
}

TEST(credential_states, any_grant_unlocks_and_starts_the_count_anew) {
  credential_states states;
  for (const std::uint64_t key : {1, 2, 3}) (void)states.denied(credential(1), key);
  EXPECT_TRUE(states.granted(credential(1), mono_time{1h}));
  EXPECT_FALSE(states.granted(credential(1), mono_time{1h}));
  EXPECT_FALSE(states.denied(credential(1), 1).locks);
}

TEST(credential_states, a_pause_ends_by_itself_and_holds_for_one_credential) {
  credential_states states;
  const mono_time t0{1h};
  (void)states.pause(credential(1), t0 + 5s);
  (void)states.pause(credential(1), t0 + 3s);
  EXPECT_EQ(states.paused_until(credential(1), t0), t0 + 5s) << "a shorter pause does not shorten";
  EXPECT_FALSE(states.paused_until(credential(1), t0 + 5s));
  EXPECT_FALSE(states.paused_until(credential(2), t0));
}

TEST(credential_states, a_grant_does_not_end_a_pause) {
  credential_states states;
  const mono_time t0{1h};
  (void)states.pause(credential(1), t0 + 5s);
  EXPECT_FALSE(states.granted(credential(1), t0 + 1s));
  EXPECT_EQ(states.paused_until(credential(1), t0 + 1s), t0 + 5s);
  EXPECT_FALSE(states.granted(credential(1), t0 + 5s));
  EXPECT_FALSE(states.paused_until(credential(1), t0 + 1s)) << "over: it is forgotten";
}

TEST(credential_states, names_whom_it_had_to_forget) {
  credential_states states(2);
  (void)states.denied(credential(1), 1);
  (void)states.denied(credential(2), 1);
  EXPECT_EQ(states.denied(credential(3), 1).forgotten, credential(1));
}

}  // namespace
