#include "http/freshness.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "http/cache_control.hpp"
#include "http/conditional.hpp"
#include "http/http_date.hpp"
#include "http/targeted_cache_control.hpp"

namespace sidecache::http {
namespace {

using std::chrono::seconds;

/// A final `*` stands for any rest.
constexpr std::array<std::string_view, 20> harmless{
    // Lookups go up with their own.
    "accept", "accept-*", "user-agent", "host", "connection", "te",
    // Of the client, of no influence on a record.
    "content-type", "sec-fetch-*",
    // The credential and what else the key is made of, or leaves out knowingly.
    "authorization", "x-portkey-*",
    // A lookup with one of them never gets here: it is passed through.
    "cookie",
    // Tracing.
    "traceparent", "tracestate", "baggage", "x-request-id", "x-correlation-id", "b3", "x-b3-*", "x-amzn-trace-id",
    "x-cloud-trace-context"};

/// The value of a field that may stand there once: nothing if it is missing, or there with different values.
struct singleton {
  std::optional<std::string_view> value;
  bool conflict = false;
};

singleton find_single(const fields& of, std::string_view wanted) {
  singleton out;
  for (const auto& [name, value] : of) {
    if (!equal_ignoring_case(name, wanted)) continue;
    if (out.value && *out.value != value) return {.value = std::nullopt, .conflict = true};
    out.value = value;
  }
  return out;
}

std::optional<wall_time> date_in(const fields& of, std::string_view name, wall_time now) {
  const auto found = find_single(of, name);
  return found.value ? parse_http_date(*found.value, now) : std::nullopt;
}

seconds between(wall_time from, wall_time to) {
  return std::clamp(std::chrono::floor<seconds>(to - from), seconds(0), largest_delta);
}

/// RFC 9111 §5.3. Without a Date the answer is taken to be made when it came (RFC 9110 §6.6.1).
std::optional<seconds> lifetime_by_expires(const fields& response, wall_time made, wall_time now) {
  const auto expires = find_single(response, "expires");
  if (!expires.value && !expires.conflict) return std::nullopt;
  const auto at = expires.value ? parse_http_date(*expires.value, now) : std::nullopt;
  return at ? between(made, *at) : seconds(0);  // "0" and other garbage lie in the past
}

/// RFC 9111 §5.1: the first member of the first line; ignored if that is no number.
seconds age_in(const fields& response) {
  const auto line = response.find("age").value_or("");
  return parse_delta_seconds(trim(line.substr(0, line.find(',')))).value_or(seconds(0));
}

/// RFC 9111 §4.2.3, with the cautious maximum. The apparent age is a difference of two clocks that tell whole seconds
/// (a clock of the origin that runs ahead makes it 0); the delay is measured exactly.
duration initial_age(const fields& response, std::optional<wall_time> date, const instant& asked,
                     const instant& received) {
  const auto apparent = date ? between(*date, received.wall) : seconds(0);
  const auto delay = std::max(duration(received.mono - asked.mono), duration(0));
  return std::max<duration>(apparent, age_in(response) + delay);
}

bool is_name(std::string_view text) {
  return std::ranges::all_of(text, [](char c) {
    return (c >= '0' && c <= '9') || (to_lower(c) >= 'a' && to_lower(c) <= 'z') ||
           std::string_view("!#$%&'+-.^_`|~").contains(c);
  });
}

void read_vary(const fields& response, origin_freshness& out) {
  for (const auto& [name, value] : response) {
    if (!equal_ignoring_case(name, "vary")) continue;
    for_each_list_member(value, [&](std::string_view member) {
      if (!is_name(member)) {
        out.vary_any = true;
      } else if (!vary_is_harmless(member)) {
        out.vary.push_back(lower(member));
      }
    });
  }
  std::ranges::sort(out.vary);
  const auto [first, last] = std::ranges::unique(out.vary);
  out.vary.erase(first, last);
}

}  // namespace

origin_freshness read_freshness(const fields& response, const instant& asked, const instant& received, bool targeted) {
  const auto to_us = targeted ? read_targeted_directives(response, "cdn-cache-control") : std::nullopt;
  const auto said = to_us ? *to_us : read_response_directives(response);
  origin_freshness out;
  out.no_store = said.no_store;
  out.no_cache = said.no_cache;
  out.must_revalidate = said.must_revalidate;
  out.immutable = said.immutable;
  out.stale_while_revalidate = said.stale_while_revalidate;
  out.stale_if_error = said.stale_if_error;
  out.date = date_in(response, "date", received.wall);
  out.lifetime = said.max_age;
  if (!said.max_age && !to_us)
    out.lifetime = lifetime_by_expires(response, out.date.value_or(received.wall), received.wall);
  out.initial_age = initial_age(response, out.date, asked, received);
  read_vary(response, out);
  const auto etag = find_single(response, "etag").value.value_or("");
  if (is_entity_tag(etag)) out.etag = etag;
  out.last_modified = date_in(response, "last-modified", received.wall);
  if (out.last_modified > out.date.value_or(received.wall)) out.last_modified.reset();
  return out;
}

std::optional<seconds> heuristic_lifetime(const origin_freshness& of, wall_time received) {
  if (!of.last_modified) return std::nullopt;
  const auto unchanged = between(*of.last_modified, of.date.value_or(received));
  return std::min<seconds>(unchanged / 10, std::chrono::hours(24));
}

bool vary_is_harmless(std::string_view name) {
  return std::ranges::any_of(harmless, [&](std::string_view pattern) {
    return pattern.ends_with('*') ? starts_with_ignoring_case(name, pattern.substr(0, pattern.size() - 1))
                                  : equal_ignoring_case(name, pattern);
  });
}

bool vary_matches(const origin_freshness& stored, const fields& request) {
  return !stored.vary_any &&
         std::ranges::none_of(stored.vary, [&](const std::string& name) { return request.contains(name); });
}

}  // namespace sidecache::http
