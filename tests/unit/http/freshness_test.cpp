// What the origin says about freshness: narrowed by all that can be read, widened by nothing that can't.
#include "http/freshness.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <initializer_list>
#include <string>
#include <vector>

#include "http/cache_control.hpp"
#include "http/http_date.hpp"
#include "unit/http/samples.hpp"

namespace sidecache::http {
namespace {

using namespace std::chrono_literals;
using std::chrono::seconds;

const instant at_noon{mono_time{1000h}, noon};

std::string date(seconds after_noon) { return format_http_date(noon + after_noon); }

struct line {
  std::string name;
  std::string value;
};

/// Read as of noon, having come at once.
origin_freshness read(std::initializer_list<line> lines, const instant& asked = at_noon,
                      const instant& received = at_noon) {
  fields f;
  for (const auto& [name, value] : lines) f.add(name, value);
  return read_freshness(f, asked, received);
}

using names = std::vector<std::string>;

TEST(freshness, an_origin_that_says_nothing_is_heard_to_say_nothing) {
  const auto f = read({{"Content-Type", "application/json"}});
  EXPECT_FALSE(f.no_store || f.no_cache || f.must_revalidate || f.immutable || f.vary_unknown());
  EXPECT_FALSE(f.lifetime || f.stale_while_revalidate || f.stale_if_error || f.last_modified || f.date);
  EXPECT_EQ(f.initial_age, 0s);
  EXPECT_EQ(f.etag, "");
}

TEST(freshness, directives_are_handed_on) {
  const auto f = read({{"Cache-Control", "no-store, no-cache, must-revalidate, immutable"},
                       {"cache-control", "max-age=9, stale-while-revalidate=8, stale-if-error=7"}});
  EXPECT_TRUE(f.no_store && f.no_cache && f.must_revalidate && f.immutable);
  EXPECT_EQ(f.lifetime, 9s);
  EXPECT_EQ(f.stale_while_revalidate, 8s);
  EXPECT_EQ(f.stale_if_error, 7s);
}

TEST(lifetime, max_age_beats_expires) {
  EXPECT_EQ(read({{"Date", date(0s)}, {"Expires", date(1h)}, {"Cache-Control", "max-age=5"}}).lifetime, 5s);
  EXPECT_EQ(read({{"Date", date(0s)}, {"Expires", date(1h)}, {"Cache-Control", "max-age=x"}}).lifetime, 0s);
  EXPECT_EQ(read({{"Date", date(0s)}, {"Expires", date(1h)}, {"Cache-Control", "public"}}).lifetime, 1h);
  EXPECT_EQ(read({{"Cache-Control", "s-maxage=5"}}).lifetime, std::nullopt) << "speaks to shared caches";
}

TEST(lifetime, expires_counts_from_the_origins_own_date) {
  EXPECT_EQ(read({{"Date", date(-10min)}, {"Expires", date(-9min)}}).lifetime, 1min) << "its clock is behind";
  EXPECT_EQ(read({{"Date", date(10min)}, {"Expires", date(11min)}}).lifetime, 1min) << "its clock is ahead";
  EXPECT_EQ(read({{"Expires", date(1min)}}).lifetime, 1min) << "without a Date, from when it came";
  EXPECT_EQ(read({{"Date", "garbage"}, {"Expires", date(1min)}}).lifetime, 1min);
  EXPECT_EQ(read({{"Date", date(0s)}, {"Date", date(-1h)}, {"Expires", date(1min)}}).lifetime, 1min)
      << "two dates are none";
}

TEST(lifetime, expires_that_is_past_or_can_not_be_read_is_stale) {
  EXPECT_EQ(read({{"Date", date(0s)}, {"Expires", date(-1s)}}).lifetime, 0s);
  EXPECT_EQ(read({{"Date", date(0s)}, {"Expires", date(0s)}}).lifetime, 0s);
  EXPECT_EQ(read({{"Date", date(0s)}, {"Expires", "0"}}).lifetime, 0s);
  EXPECT_EQ(read({{"Date", date(0s)}, {"Expires", "-1"}}).lifetime, 0s);
  EXPECT_EQ(read({{"Date", date(0s)}, {"Expires", ""}}).lifetime, 0s);
  EXPECT_EQ(read({{"Expires", date(1h)}, {"Expires", date(2h)}}).lifetime, 0s) << "two that differ";
  EXPECT_EQ(read({{"Expires", date(1h)}, {"Expires", date(1h)}}).lifetime, 1h);
}

TEST(lifetime, is_bounded) {
  EXPECT_EQ(read({{"Date", date(0s)}, {"Expires", "Fri, 31 Dec 9999 23:59:59 GMT"}}).lifetime, largest_delta);
  EXPECT_EQ(read({{"Cache-Control", "max-age=99999999999999999999"}}).lifetime, largest_delta);
}

TEST(initial_age, is_what_caches_before_us_say_and_the_time_it_took) {
  EXPECT_EQ(read({{"Age", "20"}}).initial_age, 20s);
  const instant later{at_noon.mono + 1500ms, noon + 1500ms};
  EXPECT_EQ(read({{"Age", "20"}}, at_noon, later).initial_age, 21500ms);
  EXPECT_EQ(read({}, at_noon, later).initial_age, 1500ms);
}

TEST(initial_age, is_at_least_what_the_date_makes_of_it) {
  EXPECT_EQ(read({{"Date", date(-30s)}}).initial_age, 30s);
  EXPECT_EQ(read({{"Date", date(-30s)}, {"Age", "20"}}).initial_age, 30s);
  EXPECT_EQ(read({{"Date", date(-30s)}, {"Age", "40"}}).initial_age, 40s);
  EXPECT_EQ(read({{"Date", date(30s)}}).initial_age, 0s) << "a clock that is ahead makes nothing younger";
  EXPECT_EQ(read({{"Date", date(30s)}, {"Age", "5"}}).initial_age, 5s);
}

TEST(initial_age, whole_seconds_of_date_cost_no_freshness) {
  const instant late_in_the_second{at_noon.mono, noon + 900ms};
  EXPECT_EQ(read({{"Date", date(0s)}}, late_in_the_second, late_in_the_second).initial_age, 0s);
}

TEST(initial_age, a_wall_clock_that_is_set_back_does_not_make_the_delay_negative) {
  const instant stepped{at_noon.mono + 2s, noon - 1h};
  EXPECT_EQ(read({{"Age", "1"}, {"Date", date(0s)}}, at_noon, stepped).initial_age, 3s);
}

TEST(initial_age, of_several_ages_the_first_counts_and_garbage_is_ignored) {
  EXPECT_EQ(read({{"Age", "7, 9"}}).initial_age, 7s);
  EXPECT_EQ(read({{"Age", "7"}, {"Age", "9"}}).initial_age, 7s);
  for (const auto* garbage : {"", "-5", "x", "1.5", "\"7\"", ",7"})
    EXPECT_EQ(read({{"Age", garbage}}).initial_age, 0s) << garbage;
  EXPECT_EQ(read({{"Age", "99999999999999999999"}}).initial_age, largest_delta);
  EXPECT_EQ(read({{"Date", "Sat, 01 Jan 0000 00:00:00 GMT"}}).initial_age, largest_delta);
}

TEST(vary, on_what_lookups_do_not_depend_on_changes_nothing) {
  const auto f = read({{"Vary", "Accept, accept-encoding, Accept-Language"},
                       {"vary", "User-Agent, Content-Type, Sec-Fetch-Mode, traceparent, Authorization"},
                       {"Vary", "X-Portkey-Api-Key, x-portkey-workspace, Cookie"}});
  EXPECT_FALSE(f.vary_unknown());
  EXPECT_EQ(f.vary, names{});
}

TEST(vary, on_anything_else_names_it_once) {
  const auto f = read({{"Vary", "X-Region, Origin"}, {"Vary", "accept, ORIGIN,,"}});
  EXPECT_TRUE(f.vary_unknown());
  EXPECT_FALSE(f.vary_any);
  EXPECT_EQ(f.vary, (names{"origin", "x-region"}));
}

TEST(vary, on_everything_or_on_garbage_matches_no_other_request) {
  for (const auto* text : {"*", "Accept, *", "x y", "\"x\"", "accept;q=1"}) {
    const auto f = read({{"Vary", text}});
    EXPECT_TRUE(f.vary_any && f.vary_unknown()) << text;
    EXPECT_FALSE(vary_matches(f, fields())) << text;
  }
  EXPECT_FALSE(read({{"Vary", ""}}).vary_unknown());
}

TEST(vary, what_is_stored_is_the_variant_without_the_header) {
  const auto f = read({{"Vary", "Origin"}});
  fields request;
  request.add("Accept", "application/json");
  EXPECT_TRUE(vary_matches(f, request));
  request.add("ORIGIN", "https://app.example");
  EXPECT_FALSE(vary_matches(f, request));
  EXPECT_TRUE(vary_matches(read({}), request));
}

TEST(validators, an_etag_that_can_be_relied_on) {
  EXPECT_EQ(read({{"ETag", "\"a\""}}).etag, "\"a\"");
  EXPECT_EQ(read({{"ETag", "W/\"a\""}}).etag, "W/\"a\"");
  EXPECT_EQ(read({{"ETag", "\"a\""}, {"ETag", "\"a\""}}).etag, "\"a\"");
  EXPECT_EQ(read({{"ETag", "\"a\""}, {"ETag", "\"b\""}}).etag, "");
  for (const auto* no : {"a", "\"a", "\"a\" ", "w/\"a\"", "\"a\", \"b\"", "\"a b\"", ""})
    EXPECT_EQ(read({{"ETag", no}}).etag, "") << no;
}

TEST(validators, last_modified_lies_not_after_date) {
  EXPECT_EQ(read({{"Last-Modified", date(-1h)}, {"Date", date(0s)}}).last_modified, noon - 1h);
  EXPECT_EQ(read({{"Last-Modified", date(0s)}, {"Date", date(0s)}}).last_modified, noon);
  EXPECT_EQ(read({{"Last-Modified", date(1s)}, {"Date", date(0s)}}).last_modified, std::nullopt);
  EXPECT_EQ(read({{"Last-Modified", date(1s)}}).last_modified, std::nullopt);
  EXPECT_EQ(read({{"Last-Modified", "yesterday"}}).last_modified, std::nullopt);
  EXPECT_EQ(read({{"Last-Modified", date(-1h)}, {"Last-Modified", date(-2h)}}).last_modified, std::nullopt);
}

}  // namespace
}  // namespace sidecache::http
