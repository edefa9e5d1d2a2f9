#include "base/digest.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace sidecache {
namespace {

std::string hex(const digest128& d) { return to_hex(d.data(), d.size()); }

TEST(digest, is_hmac_sha256_over_lengths_and_parts) {
  // python3: hmac.new(bytes(range(32)), b"\3\0\0\0\0\0\0\0abc" + bytes(8), "sha256").hexdigest()[:32]
  std::array<unsigned char, 32> key{};
  for (unsigned char i = 0; i < 32; ++i) key[i] = i;
  EXPECT_EQ(hex(keyed_digest(key, {"abc", ""})), "cc42fccb2ecc37765d6477bdc196d3af");
}

TEST(digest, tells_apart_what_concatenation_would_not) {
  const std::array<unsigned char, 32> key{};
  EXPECT_NE(keyed_digest(key, {"ab", "c"}), keyed_digest(key, {"a", "bc"}));
  EXPECT_NE(keyed_digest(key, {"abc"}), keyed_digest(key, {"abc", ""}));
  EXPECT_NE(keyed_digest(key, {"", "abc"}), keyed_digest(key, {"abc", ""}));
  EXPECT_EQ(keyed_digest(key, {"abc", "d"}), keyed_digest(key, {"abc", "d"}));
}

TEST(digest, another_process_has_another_key) {
  const auto one = process_keys::random();
  const auto two = process_keys::random();
  EXPECT_NE(one.credential_key, two.credential_key);
  EXPECT_NE(keyed_digest(one.credential_key, {"k"}), keyed_digest(two.credential_key, {"k"}));
  EXPECT_FALSE(one.table_key.k0 == two.table_key.k0 && one.table_key.k1 == two.table_key.k1);
}

TEST(digest, long_and_binary_parts) {
  const std::array<unsigned char, 32> key{};
  const std::string a(100'000, '\0');
  EXPECT_NE(keyed_digest(key, {a}), keyed_digest(key, {a + '\0'}));
}

TEST(to_hex, is_lower_case) {
  const std::array<unsigned char, 4> bytes{0x00, 0x0f, 0xa0, 0xff};
  EXPECT_EQ(to_hex(bytes.data(), bytes.size()), "000fa0ff");
  EXPECT_EQ(to_hex(bytes.data(), 0), "");
}

}  // namespace
}  // namespace sidecache
