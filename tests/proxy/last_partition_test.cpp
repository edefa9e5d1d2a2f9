#include "proxy/last_partition.hpp"

#include <gtest/gtest.h>

namespace sidecache::proxy {
namespace {

class last_partition_test : public ::testing::Test {
 protected:
  /// The number of the digest that was made for it.
  int of(std::string_view authorization, std::string_view api_key) {
    return last.of({authorization, api_key, http::credential_state::present}, [this](const http::credential_view&) {
      return digest128{static_cast<unsigned char>(++digests)};
    })[0];
  }

  last_partition last;
  int digests = 0;
};

TEST_F(last_partition_test, one_digest_is_made_of_a_credential_that_comes_again) {
  EXPECT_EQ(of("", "key"), 1);
  EXPECT_EQ(of("", "key"), 1);
  EXPECT_EQ(digests, 1);
}

TEST_F(last_partition_test, another_credential_has_a_digest_of_its_own) {
  EXPECT_EQ(of("", "key"), 1);
  EXPECT_EQ(of("", "kez"), 2);
  EXPECT_EQ(of("", "ke"), 3);
  EXPECT_EQ(of("k", "e"), 4) << "the same bytes, in the other header";
  EXPECT_EQ(of("ke", ""), 5);
  EXPECT_EQ(of("", "ke"), 6);
  EXPECT_EQ(of("one", "ke"), 7);
  EXPECT_EQ(of("two", "ke"), 8) << "one part of it is the same";
}

TEST_F(last_partition_test, what_is_forgotten_is_digested_anew) {
  EXPECT_EQ(of("", "key"), 1);
  last.forget();
  EXPECT_EQ(of("", "key"), 2);
}

TEST_F(last_partition_test, nothing_is_remembered_before_the_first) { EXPECT_EQ(of("", ""), 1); }

TEST_F(last_partition_test, where_no_digest_could_be_made_none_is_remembered) {
  EXPECT_EQ(of("", "a"), 1);
  const auto fails = [](const http::credential_view&) -> digest128 { throw std::runtime_error("no digest"); };
  EXPECT_THROW(std::ignore = last.of({"", "b", http::credential_state::present}, fails), std::runtime_error);
  EXPECT_EQ(of("", "b"), 2);
  EXPECT_EQ(of("", "a"), 3);
}

}  // namespace
}  // namespace sidecache::proxy
