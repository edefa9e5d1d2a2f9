#include "simulation/origin_headers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "base/random_source.hpp"
#include "http/http_date.hpp"

namespace sidecache::simulation {
namespace {

using std::chrono::seconds;

directives some_directives(random_source& chance) {
  directives out;
  const auto perhaps = [&](std::uint32_t one_in, std::uint32_t most) {
    return chance.one_in(one_in) ? std::optional(seconds{chance.below(most)}) : std::nullopt;
  };
  out.no_store = chance.one_in(12);
  out.no_cache = chance.one_in(12);
  out.must_revalidate = chance.one_in(8);
  out.max_age = perhaps(2, 50);
  out.stale_while_revalidate = perhaps(4, 20);
  out.stale_if_error = perhaps(4, 120);
  return out;
}

std::string text_of(const directives& d) {
  std::string out = "private";
  if (d.no_store) out += ", no-store";
  if (d.no_cache) out += ", no-cache";
  if (d.must_revalidate) out += ", must-revalidate";
  if (d.max_age) out += fmt::format(", max-age={}", d.max_age->count());
  if (d.stale_while_revalidate) out += fmt::format(", stale-while-revalidate={}", d.stale_while_revalidate->count());
  if (d.stale_if_error) out += fmt::format(", stale-if-error={}", d.stale_if_error->count());
  return out;
}

/// Of clocks that tell whole seconds; nothing is made in the future.
seconds between(wall_time from, wall_time to) { return std::max(seconds{0}, std::chrono::floor<seconds>(to - from)); }

/// How long it is fresh, counted from when it was made; nothing if that is not said.
std::optional<seconds> lifetime_said(const spoken& what, const directives& d, bool by_target, bool guesses,
                                     wall_time now) {
  const wall_time made = what.date.value_or(now);
  if (d.max_age) return d.max_age;
  if (!by_target && what.expired) return seconds{0};
  if (!by_target && what.expires) return between(made, *what.expires);
  if (!guesses || !what.last_modified || *what.last_modified > made) return std::nullopt;
  return std::min<seconds>(between(*what.last_modified, made) / 10, std::chrono::days{1});
}

template <class T>
void take(std::optional<T>& out, const std::optional<T>& news) {
  if (news) out = news;
}

}  // namespace

spoken speak(const tongue& by, std::uint32_t draw, wall_time now) {
  random_source chance(draw);
  const auto second = std::chrono::floor<seconds>(now);
  spoken out;
  if (by.general && chance.one_in(2)) out.general = some_directives(chance);
  if (by.targeted && chance.one_in(2)) {
    out.targeted = some_directives(chance);
    out.garbled = chance.one_in(4);
  }
  if (by.expires && chance.one_in(2)) {
    out.expired = chance.one_in(8);
    if (!out.expired) out.expires = second + seconds{chance.below(60)} - seconds{5};
  }
  if (by.dates && !chance.one_in(8)) out.date = second;
  if (by.ages && chance.one_in(2)) out.age = seconds{chance.below(20)};
  return out;
}

void say(const spoken& what, http::fields& head) {
  if (what.general) head.add("Cache-Control", text_of(*what.general));
  if (what.targeted) head.add("CDN-Cache-Control", text_of(*what.targeted) + (what.garbled ? ", =" : ""));
  if (what.expires) head.add("Expires", http::format_http_date(*what.expires));
  if (what.expired) head.add("Expires", "0");
  if (what.date) head.add("Date", http::format_http_date(*what.date));
  if (what.age) head.add("Age", std::to_string(what.age->count()));
  if (what.last_modified) head.add("Last-Modified", http::format_http_date(*what.last_modified));
}

spoken updated(const spoken& stored, const spoken& by) {
  spoken out = stored;
  take(out.general, by.general);
  if (by.targeted) {
    out.targeted = by.targeted;
    out.garbled = by.garbled;
  }
  if (by.expires || by.expired) {
    out.expires = by.expires;
    out.expired = by.expired;
  }
  take(out.last_modified, by.last_modified);
  out.date = by.date;
  out.age = by.age;
  return out;
}

allowance allowed(const spoken& what, bool cdn_cache_control, const proxy::freshness_settings& of_route, duration ttl,
                  mono_time sent, instant now) {
  const bool by_target = cdn_cache_control && what.targeted && !what.garbled;
  const directives d = by_target ? *what.targeted : what.general.value_or(directives{});
  const duration seen = what.date ? between(*what.date, now.wall) : seconds{0};
  allowance out{.no_store = d.no_store,
                .initial_age = std::max<duration>(seen, what.age.value_or(seconds{0}) + (now.mono - sent)),
                .fresh = ttl,
                .revalidate = of_route.stale_while_revalidate,
                .on_error = of_route.stale_if_error};
  if (of_route.rule == proxy::freshness_rule::settings) return out;
  const bool theirs_alone = of_route.rule == proxy::freshness_rule::origin;
  if (const auto said = lifetime_said(what, d, by_target, theirs_alone, now.wall)) {
    const duration left = std::max(duration{}, *said - out.initial_age);
    out.fresh = theirs_alone ? left : std::min(ttl, left);
  }
  const auto agree = [&](duration& mine, const std::optional<seconds>& theirs) {
    if (theirs) mine = theirs_alone ? duration{*theirs} : std::min<duration>(mine, *theirs);
  };
  agree(out.revalidate, d.stale_while_revalidate);
  agree(out.on_error, d.stale_if_error);
  if (d.no_cache) out.fresh = duration{};
  if (d.no_cache || d.must_revalidate) out.revalidate = out.on_error = duration{};
  return out;
}

}  // namespace sidecache::simulation
