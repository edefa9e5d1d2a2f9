#include "base/siphash.hpp"

#include <gtest/gtest.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>

namespace sidecache {
namespace {

/// The bytes 0, 1, 2, ... of the reference implementation's test vectors.
std::string counting(std::size_t size) {
  std::string bytes;
  for (std::size_t i = 0; i < size; ++i) bytes.push_back(static_cast<char>(i));
  return bytes;
}

/// OpenSSL's SipHash with 1 and 3 rounds: written by others, and slow to set up.
std::uint64_t openssl_siphash_1_3(siphash_key key, const std::string& bytes) {
  const std::unique_ptr<EVP_MAC, decltype(&EVP_MAC_free)> mac(EVP_MAC_fetch(nullptr, "SIPHASH", nullptr), EVP_MAC_free);
  const std::unique_ptr<EVP_MAC_CTX, decltype(&EVP_MAC_CTX_free)> context(EVP_MAC_CTX_new(mac.get()), EVP_MAC_CTX_free);
  std::size_t size = 8;
  unsigned compress = 1;
  unsigned finish = 3;
  const std::array parameters{OSSL_PARAM_construct_size_t(OSSL_MAC_PARAM_SIZE, &size),
                              OSSL_PARAM_construct_uint(OSSL_MAC_PARAM_C_ROUNDS, &compress),
                              OSSL_PARAM_construct_uint(OSSL_MAC_PARAM_D_ROUNDS, &finish), OSSL_PARAM_construct_end()};
  std::array<unsigned char, 16> raw_key{};
  std::memcpy(raw_key.data(), &key.k0, 8);
  std::memcpy(raw_key.data() + 8, &key.k1, 8);
  std::uint64_t out = 0;
  std::size_t written = 0;
  EXPECT_EQ(EVP_MAC_init(context.get(), raw_key.data(), raw_key.size(), parameters.data()), 1);
  EXPECT_EQ(EVP_MAC_update(context.get(), reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()), 1);
  EXPECT_EQ(EVP_MAC_final(context.get(), reinterpret_cast<unsigned char*>(&out), &written, sizeof out), 1);
  EXPECT_EQ(written, sizeof out);
  return out;
}

TEST(siphash, is_the_published_siphash_1_3) {
  // From the reference implementation, as OCaml's, CPython's and Rust's own tests have them.
  EXPECT_EQ(siphash({0, 0}, ""), 0xd1fba762150c532cU);
  EXPECT_EQ(siphash({0, 0}, counting(1)), 0x68a914128e01e473U);
  EXPECT_EQ(siphash({0, 0}, counting(7)), 3389392686435873370U);
  EXPECT_EQ(siphash({0, 0}, counting(8)), 16921169381604339434U);
  EXPECT_EQ(siphash({0, 0}, counting(9)), 8471974163824919394U);
  EXPECT_EQ(siphash({0, 0}, counting(16)), 9904005486622393783U);
  EXPECT_EQ(siphash({0x0706050403020100U, 0x0f0e0d0c0b0a0908U}, ""), 0xabac0158050fc4dcU);
}

TEST(siphash, agrees_with_openssl_at_every_length) {
  const siphash_key key{0x0123456789abcdefU, 0xfedcba9876543210U};
  for (std::size_t size = 0; size < 70; ++size)
    EXPECT_EQ(siphash(key, counting(size)), openssl_siphash_1_3(key, counting(size))) << size;
}

TEST(siphash, bytes_over_0x7f_are_not_taken_for_negative) {
  const std::string bytes(13, '\xFF');
  EXPECT_EQ(siphash({1, 2}, bytes), openssl_siphash_1_3({1, 2}, bytes));
}

TEST(siphash, depends_on_both_halves_of_the_key) {
  EXPECT_NE(siphash({1, 2}, "x"), siphash({1, 3}, "x"));
  EXPECT_NE(siphash({1, 2}, "x"), siphash({3, 2}, "x"));
}

TEST(siphash_test, a_prefix_and_its_rest_hash_as_the_whole) {
  std::string text;
  for (int i = 0; i < 100; ++i) text.push_back(static_cast<char>(i * 37));
  const siphash_key key{0x0706050403020100, 0x0f0e0d0c0b0a0908};
  for (std::size_t size = 0; size <= text.size(); size += 3) {
    const auto whole = std::string_view(text).substr(0, size);
    for (std::size_t cut = 0; cut <= size; ++cut)
      EXPECT_EQ(siphash_prefix(key, whole.substr(0, cut)).with(whole.substr(cut)), siphash(key, whole))
          << size << " cut at " << cut;
  }
}

}  // namespace
}  // namespace sidecache
