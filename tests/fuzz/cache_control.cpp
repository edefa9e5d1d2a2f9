// What headers say about time: Cache-Control, Expires, Date, Age, Vary, validators.
//
// Input: fields, a line each. They are read as an answer's and as a request's. Promised for all of them:
//  1. Numbers lie between 0 and 2^31 seconds; ages too, plus the delay that was measured; no arithmetic overflows.
//  2. Directives that nobody knows change nothing, in a field of their own or in front of another; case changes
//  nothing;
//     without quoted strings, one field with a list is the same as one field a member.
//     A quote that is never closed hides no restriction, and numbers behind it count as 0.
//  3. A restriction can only be added: with `no-store` beside them, answers are not stored whatever else they say.
//  4. A date that was read is the same when written and read again, and Last-Modified does not lie after Date.
//  5. `Vary` is a sorted set of lower-case names, none of them harmless.
//  6. An entity tag matches itself, weak or strong; a 304 with a stored head's own fields changes nothing in it.
#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "heads.hpp"
#include "http/cache_control.hpp"
#include "http/conditional.hpp"
#include "http/content_coding.hpp"
#include "http/freshness.hpp"
#include "http/header_rules.hpp"
#include "http/http_date.hpp"
#include "targets.hpp"

namespace sidecache::fuzz {
namespace {

using std::chrono::seconds;
using delta = std::optional<seconds>;

constexpr wall_time now{seconds{1'700'000'000}};
constexpr duration delay = std::chrono::milliseconds{40};
constexpr instant received{mono_time{std::chrono::hours{1}}, now};
constexpr instant asked{mono_time{std::chrono::hours{1}} - delay, now};

bool same(const http::response_directives& a, const http::response_directives& b) {
  return a.no_store == b.no_store && a.no_cache == b.no_cache && a.must_revalidate == b.must_revalidate &&
         a.immutable == b.immutable && a.max_age == b.max_age && a.stale_while_revalidate == b.stale_while_revalidate &&
         a.stale_if_error == b.stale_if_error;
}

bool same(const http::request_directives& a, const http::request_directives& b) {
  return a.no_store == b.no_store && a.no_cache == b.no_cache && a.only_if_cached == b.only_if_cached &&
         a.max_age == b.max_age && a.min_fresh == b.min_fresh && a.max_stale == b.max_stale &&
         a.stale_if_error == b.stale_if_error;
}

/// All Cache-Control fields, each value put through `change`.
template <class Change>
http::fields changed(const http::fields& of, Change change) {
  http::fields out;
  for (const auto& [name, value] : of) {
    if (equal_ignoring_case(name, "cache-control")) {
      change(out, name, value);
    } else {
      out.add(name, value);
    }
  }
  return out;
}

void require_same(const http::fields& a, const http::fields& b, const char* what) {
  require(same(http::read_response_directives(a), http::read_response_directives(b)), what);
  require(same(http::read_request_directives(a), http::read_request_directives(b)), what);
}

/// A quote that never closes hides nothing that restricts, and permits nothing.
void check_open_quote(const http::fields& given) {
  const auto was = http::read_response_directives(given);
  const auto is = http::read_response_directives(
      changed(given, [](auto& out, auto name, auto value) { out.add(name, "ext=\"," + std::string(value)); }));
  require(is.no_store == was.no_store && is.no_cache == was.no_cache && is.must_revalidate == was.must_revalidate,
          "an open quote hides a restriction");
  require(!is.immutable && is.max_age.has_value() == was.max_age.has_value(), "an open quote hides a limit");
  require(is.max_age.value_or(seconds{}) == seconds{}, "a number behind an open quote counts");
}

void check_spelling(const http::fields& given) {
  if (!given.contains("cache-control")) return;
  auto more = given;
  more.add("Cache-Control", "x-unknown=1, private, \"max-age=0\"");
  require_same(given, more, "a field of unknown directives changes others");
  require_same(given,
               changed(given,
                       [](auto& out, auto name, auto value) {
                         out.add(name, "x-unknown=\"a, no-store\" ,, community=\"UCI\"," + std::string(value));
                       }),
               "unknown directives in front change others");
  require_same(given,
               changed(given,
                       [](auto& out, auto name, auto value) {
                         std::string upper(value);
                         std::ranges::transform(upper, upper.begin(), [](char c) {
                           return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
                         });
                         out.add(name, upper);
                       }),
               "upper case changes directives");
  if (std::ranges::any_of(given, [](const http::field& f) { return f.value.contains('"'); })) return;
  check_open_quote(given);
  require_same(given,
               changed(given,
                       [](auto& out, auto name, auto value) {
                         if (value.empty()) out.add(name, value);  // empty, but there: Pragma does not count beside it
                         for (const auto member : split(value, ",")) out.add(name, trim(member));
                       }),
               "a list is not its members");
}

void check_range(const delta& number) {
  if (number) require(*number >= seconds{0} && *number <= http::largest_delta, "a number out of range");
}

void check_numbers(const http::fields& given) {
  const auto said = http::read_response_directives(given);
  const auto wanted = http::read_request_directives(given);
  for (const auto& number : {said.max_age, said.stale_while_revalidate, said.stale_if_error, wanted.max_age,
                             wanted.min_fresh, wanted.max_stale, wanted.stale_if_error})
    check_range(number);
  auto more = given;
  more.add("cache-control", "no-store");
  require(http::read_response_directives(more).no_store && http::read_request_directives(more).no_store, "no-store");
}

void check_freshness(const http::fields& given) {
  const auto read = http::read_freshness(given, asked, received);
  check_range(read.lifetime);
  require(read.initial_age >= delay && read.initial_age <= http::largest_delta + delay, "an age out of range");
  require(std::ranges::is_sorted(read.vary) && std::ranges::adjacent_find(read.vary) == read.vary.end(), "vary");
  for (const auto& name : read.vary)
    require(name == lower(name) && !http::vary_is_harmless(name), "a name that vary should not have");
  require(http::vary_matches(read, {}) == !read.vary_any, "a bare request does not match");
  require(read.etag.empty() || http::is_entity_tag(read.etag), "a validator that is none");
  if (read.last_modified) require(*read.last_modified <= read.date.value_or(now), "modified after it was made");
}

void check_date(std::string_view text) {
  const auto at = http::parse_http_date(text, now);
  if (!at) return;
  const auto written = http::format_http_date(*at);
  require(written.size() == 29, "a date of another length");
  // A leap second at the end of 9999 is the one date whose next second has no four-digit year.
  if (*at < std::chrono::sys_days{std::chrono::year{10000} / 1 / 1})
    require(http::parse_http_date(written, now) == at, "a date that is another when written");
}

void check_tag(std::string_view tag) {
  http::fields request;
  request.add("If-None-Match", tag);
  if (!http::is_entity_tag(tag)) return;
  require(http::weakly_equal(tag, tag), "a tag that is not itself");
  require(http::not_modified(request, tag, std::nullopt, now), "a tag that does not match itself");
  const std::string strong(tag.starts_with("W/") ? tag.substr(2) : tag);
  require(http::weakly_equal(tag, "W/" + strong) && http::weakly_equal("W/" + strong, strong),
          "weak and strong differ");
  request.set("If-None-Match", R"("other,tag" , W/"x",)" + std::string(tag));
  require(http::not_modified(request, tag, std::nullopt, now), "a tag is not found in a list");
}

void check_refreshed(const http::fields& given) {
  const auto stored = http::stored_fields(given);
  auto again = stored;
  const auto tag = stored.find("etag");
  const bool changes = http::refresh_stored_fields(again, stored);
  require(changes == (!tag || http::is_entity_tag(*tag)), "its own 304 speaks of another version");
  const auto by_name = [](const http::fields& of) {
    std::map<std::string, std::vector<std::string>> all;
    for (const auto& [name, value] : of) all[lower(name)].emplace_back(value);
    return all;
  };
  require(by_name(again) == by_name(stored), "its own 304 changes a head");
  for (const auto& [name, value] : stored)
    require(!http::belongs_to_304(name) || !starts_with_ignoring_case(name, "content-") ||
                equal_ignoring_case(name, "content-location"),
            "a 304 that describes bytes");
}

}  // namespace

void cache_control(std::string_view text) {
  const auto given = fields_from(text);
  check_spelling(given);
  check_numbers(given);
  check_freshness(given);
  check_refreshed(given);
  (void)http::accepts_gzip(given);
  for (const auto& [name, value] : given) {
    check_date(value);
    check_tag(value);
    check_range(http::parse_delta_seconds(value));
  }
}

}  // namespace sidecache::fuzz
