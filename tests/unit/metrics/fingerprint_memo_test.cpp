// Fingerprints are made once for each of the last few credentials.
#include "metrics/fingerprint_memo.hpp"

#include <gtest/gtest.h>

#include <string>

namespace sidecache::metrics {
namespace {

struct counted {
  int made = 0;
  fingerprint_memo memo{{{{1, 2}, {3, 4}}}, [this](const http::credential_view& who) {
                          ++made;
                          return std::string(who.authorization) + "|" + std::string(who.api_key);
                        }};
  std::string of(std::string_view authorization, std::string_view api_key) {
    return memo({.authorization = authorization, .api_key = api_key});
  }
};

TEST(fingerprint_memo, makes_one_for_who_asks_again_and_again) {
  counted c;
  for (int i = 0; i < 5; ++i) EXPECT_EQ(c.of("", "key"), "|key");
  EXPECT_EQ(c.made, 1);
}

TEST(fingerprint_memo, takes_nobody_for_another) {
  counted c;
  for (int round = 0; round < 3; ++round)
    for (int i = 0; i < 500; ++i) {
      const auto text = std::to_string(i);
      EXPECT_EQ(c.of("", text), "|" + text);
      EXPECT_EQ(c.of(text, ""), text + "|") << "the same bytes, in another header";
      EXPECT_EQ(c.of(text, text), text + "|" + text);
    }
}

}  // namespace
}  // namespace sidecache::metrics
