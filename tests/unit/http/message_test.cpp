#include "http/message.hpp"

#include <gtest/gtest.h>

namespace sidecache::http {
namespace {

TEST(message, methods_are_told_apart_by_their_exact_names) {
  EXPECT_EQ(method_from("GET"), method::get);
  EXPECT_EQ(method_from("HEAD"), method::head);
  EXPECT_EQ(method_from("POST"), method::post);
  EXPECT_EQ(method_from("PUT"), method::put);
  EXPECT_EQ(method_from("PATCH"), method::patch);
  EXPECT_EQ(method_from("DELETE"), method::del);
  EXPECT_EQ(method_from("OPTIONS"), method::options);
  EXPECT_EQ(method_from("CONNECT"), method::connect);
  EXPECT_EQ(method_from("TRACE"), method::trace);
  for (const auto* other : {"get", "Get", "GET ", "", "PURGE", "DELETED", "PROPFIND"})
    EXPECT_EQ(method_from(other), method::other) << other;
}

TEST(message, what_may_change_something_is_not_safe) {
  for (const auto m : {method::get, method::head, method::options, method::trace}) EXPECT_TRUE(is_safe(m));
  for (const auto m : {method::post, method::put, method::patch, method::del, method::connect, method::other})
    EXPECT_FALSE(is_safe(m));
}

TEST(message, reason_phrases) {
  EXPECT_EQ(reason_phrase(200), "OK");
  EXPECT_EQ(reason_phrase(304), "Not Modified");
  EXPECT_EQ(reason_phrase(404), "Not Found");
  EXPECT_EQ(reason_phrase(431), "Request Header Fields Too Large");
  EXPECT_EQ(reason_phrase(504), "Gateway Timeout");
  EXPECT_EQ(reason_phrase(100), "Continue");
  EXPECT_EQ(reason_phrase(508), "Loop Detected");
  for (const unsigned unknown : {0U, 99U, 299U, 418U, 599U, 999U}) EXPECT_EQ(reason_phrase(unknown), "") << unknown;
}

TEST(message, reason_phrases_stand_in_ascending_order) {
  // They are searched by halving: one out of place would not be found.
  int found = 0;
  for (unsigned status = 100; status < 600; ++status) found += reason_phrase(status).empty() ? 0 : 1;
  EXPECT_EQ(found, 48);
}

}  // namespace
}  // namespace sidecache::http
