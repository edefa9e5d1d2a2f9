#include "http/cache_control.hpp"

#include <gtest/gtest.h>

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

namespace sidecache::http {
namespace {

using namespace std::chrono_literals;
using std::optional;
using std::chrono::seconds;

response_directives response(std::initializer_list<std::string_view> lines) {
  fields f;
  for (const auto line : lines) f.add("Cache-Control", line);
  return read_response_directives(f);
}

request_directives request(std::initializer_list<std::string_view> lines) {
  fields f;
  for (const auto line : lines) f.add("cache-control", line);
  return read_request_directives(f);
}

TEST(delta_seconds, digits_alone) {
  EXPECT_EQ(parse_delta_seconds("0"), 0s);
  EXPECT_EQ(parse_delta_seconds("0060"), 60s);
  for (const auto* text : {"", "-1", "+1", "1.5", "1e3", "60s", " 60", "60 ", "0x10", "\xD9\xA3", "abc"})
    EXPECT_EQ(parse_delta_seconds(text), std::nullopt) << text;
}

TEST(delta_seconds, too_large_is_two_to_the_31) {
  EXPECT_EQ(parse_delta_seconds("2147483647"), 2147483647s);
  EXPECT_EQ(parse_delta_seconds("2147483648"), largest_delta);
  EXPECT_EQ(parse_delta_seconds("2147483649"), largest_delta);
  EXPECT_EQ(parse_delta_seconds("18446744073709551617"), largest_delta);
  EXPECT_EQ(parse_delta_seconds(std::string(5000, '9')), largest_delta);
}

TEST(response_directives, each_is_found_whatever_its_case) {
  const auto d = response({"No-Store, NO-CACHE,must-revalidate", "immutable ,\tMax-Age=60", "stale-while-revalidate=5",
                           "STALE-IF-ERROR=600"});
  EXPECT_TRUE(d.no_store);
  EXPECT_TRUE(d.no_cache);
  EXPECT_TRUE(d.must_revalidate);
  EXPECT_TRUE(d.immutable);
  EXPECT_EQ(d.max_age, 60s);
  EXPECT_EQ(d.stale_while_revalidate, 5s);
  EXPECT_EQ(d.stale_if_error, 600s);
}

TEST(response_directives, nothing_said_is_nothing_known) {
  for (const auto& d :
       {response({}), response({"", ",,", " , "}), response({"public, private, s-maxage=9, x-y, z=\"1\""}),
        response({"private=\"set-cookie\", proxy-revalidate, no-transform, must-understand"})}) {
    EXPECT_FALSE(d.no_store || d.no_cache || d.must_revalidate || d.immutable);
    EXPECT_FALSE(d.max_age || d.stale_while_revalidate || d.stale_if_error);
  }
}

TEST(response_directives, arguments_may_be_quoted) {
  EXPECT_EQ(response({"max-age=\"60\""}).max_age, 60s);
  EXPECT_EQ(response({"max-age=\"6\\0\""}).max_age, 60s);
  EXPECT_FALSE(response({"x=\"no-store, no-cache\""}).no_store);
  EXPECT_FALSE(response({"x=\"a\\\", no-store, \\\"b\""}).no_store);
  EXPECT_EQ(response({"x=\"a, max-age=1\", max-age=60"}).max_age, 60s);
  EXPECT_TRUE(response({"x=\"a\\\\\", no-store"}).no_store) << "a quoted backslash does not quote the quote";
}

TEST(response_directives, a_quote_that_never_closes_hides_no_restriction_and_permits_nothing) {
  const auto d = response({"private=\"x, no-store, must-revalidate, max-age=60, immutable"});
  EXPECT_TRUE(d.no_store);
  EXPECT_TRUE(d.must_revalidate);
  EXPECT_FALSE(d.immutable);
  EXPECT_EQ(d.max_age, 0s);
  EXPECT_EQ(response({"private=\"x", "max-age=60"}).max_age, 60s) << "a quote ends with its line";
  EXPECT_EQ(response({"max-age=60, x=\"open"}).max_age, 60s);
}

TEST(response_directives, a_number_that_can_not_be_read_is_stale) {
  for (const auto* text : {"max-age", "max-age=", "max-age=abc", "max-age=-1", "max-age=1.5", "max-age=60s",
                           "max-age=\"\"", "max-age='60'", "max-age=\"60", "max-age =60", "max-age= 60", "max-age = 60",
                           "max-age=60 60", "max-age=60;", "max-age=60; public", "max-age=\"60\"x", "max-age==60"})
    EXPECT_EQ(response({text}).max_age, 0s) << text;
  EXPECT_EQ(response({"stale-if-error=soon"}).stale_if_error, 0s);
  EXPECT_EQ(response({"maxage=60, max_age=60, xmax-age=60"}).max_age, std::nullopt);
}

TEST(response_directives, restrictions_count_however_garbled) {
  EXPECT_TRUE(response({"no-store=1"}).no_store);
  EXPECT_TRUE(response({"no-store=\"x\""}).no_store);
  EXPECT_TRUE(response({"no-store;"}).no_store);
  EXPECT_TRUE(response({"max-age=60; no-store"}).no_store);
  EXPECT_TRUE(response({"private no-store"}).no_store);
  EXPECT_TRUE(response({"no-cache=\"Set-Cookie, X\""}).no_cache);
  EXPECT_TRUE(response({"no-cache=X"}).no_cache);
  EXPECT_TRUE(response({"must-revalidate = 1"}).must_revalidate);
}

TEST(response_directives, duplicates_that_differ_are_stale) {
  EXPECT_EQ(response({"max-age=60, max-age=60"}).max_age, 60s);
  EXPECT_EQ(response({"max-age=60", "max-age=61"}).max_age, 0s);
  EXPECT_EQ(response({"max-age=60, max-age=x"}).max_age, 0s);
  EXPECT_EQ(response({"max-age=60, max-age=61, max-age=61"}).max_age, 0s);
  EXPECT_EQ(response({"stale-if-error=1, stale-if-error=2"}).stale_if_error, 0s);
}

TEST(response_directives, conflicts_are_reported_whole) {
  const auto d = response({"no-cache, max-age=60, public"});
  EXPECT_TRUE(d.no_cache);
  EXPECT_EQ(d.max_age, 60s);
}

TEST(response_directives, only_its_own_field_is_read) {
  fields f;
  f.add("Pragma", "no-cache");
  f.add("CDN-Cache-Control", "no-store");
  f.add("Cache-Control2", "no-store");
  const auto d = read_response_directives(f);
  EXPECT_FALSE(d.no_cache || d.no_store);
}

TEST(request_directives, each_is_found) {
  const auto d =
      request({"no-cache, no-store", "only-if-cached, max-age=0, min-fresh=5, max-stale=7, stale-if-error=9"});
  EXPECT_TRUE(d.no_cache && d.no_store && d.only_if_cached);
  EXPECT_EQ(d.max_age, 0s);
  EXPECT_EQ(d.min_fresh, 5s);
  EXPECT_EQ(d.max_stale, 7s);
  EXPECT_EQ(d.stale_if_error, 9s);
}

TEST(request_directives, max_stale_without_argument_takes_any) {
  EXPECT_EQ(request({"max-stale"}).max_stale, largest_delta);
  EXPECT_EQ(request({"max-stale, max-stale=5"}).max_stale, 5s);
}

TEST(request_directives, garbage_advises_nothing) {
  const auto d = request({"max-age=x, min-fresh=-1, max-stale=\"a\", stale-if-error"});
  EXPECT_FALSE(d.max_age || d.min_fresh || d.max_stale || d.stale_if_error);
  EXPECT_FALSE(request({"max-stale =5"}).max_stale);
}

TEST(request_directives, the_strictest_of_several_counts) {
  const auto d = request({"max-age=9, max-age=3", "min-fresh=1, min-fresh=4", "max-stale=8, max-stale=2"});
  EXPECT_EQ(d.max_age, 3s);
  EXPECT_EQ(d.min_fresh, 4s);
  EXPECT_EQ(d.max_stale, 2s);
}

TEST(request_directives, pragma_counts_only_without_cache_control) {
  fields f;
  f.add("Pragma", "x, No-Cache");
  EXPECT_TRUE(read_request_directives(f).no_cache);
  f.add("Cache-Control", "max-age=5");
  EXPECT_FALSE(read_request_directives(f).no_cache);
}

TEST(directives, a_long_line_is_read_in_linear_time) {
  std::string quotes;
  for (int i = 0; i < 30'001; ++i) quotes += "\",";
  quotes += "no-store";
  EXPECT_TRUE(response({quotes}).no_store) << "30,001 quotes, the last of them open";
  EXPECT_TRUE(response({std::string(60'000, ' ') + "no-store"}).no_store);
}

}  // namespace
}  // namespace sidecache::http
