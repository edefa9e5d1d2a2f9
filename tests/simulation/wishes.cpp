#include "simulation/wishes.hpp"

#include <fmt/format.h>

#include <array>
#include <vector>

namespace sidecache::simulation {
namespace {

using std::chrono::seconds;

enum class directive : std::uint8_t {
  no_cache,
  no_store,
  only_if_cached,
  max_age,
  min_fresh,
  max_stale,
  stale_if_error,
  pragma,
};

seconds some_seconds(std::uint32_t chance) {
  constexpr std::array<seconds, 12> from{seconds{0},  seconds{1},  seconds{1},  seconds{2},
                                         seconds{4},  seconds{5},  seconds{10}, seconds{29},
                                         seconds{30}, seconds{40}, seconds{60}, seconds{3600}};
  return from[chance % from.size()];
}

/// The directive as text, and taken into `out`.
std::string take(directive what, std::uint32_t chance, wishes& out) {
  using enum directive;
  const bool quoted = chance % 7 == 0;
  const seconds some = some_seconds(chance / 7);
  const auto with_number = [&](std::string_view name) {
    return fmt::format(fmt::runtime(quoted ? "{}=\"{}\"" : "{}={}"), name, some.count());
  };
  switch (what) {
    case no_cache:
    case pragma:
      out.no_cache = true;
      return chance % 3 == 0 ? "No-Cache" : "no-cache";
    case no_store:
      out.no_store = true;
      return "no-store";
    case only_if_cached:
      out.only_if_cached = true;
      return "only-if-cached";
    case max_age:
      out.max_age = some;
      return with_number(chance % 3 == 0 ? "MAX-AGE" : "max-age");
    case min_fresh:
      out.min_fresh = some;
      return with_number("min-fresh");
    case max_stale:
      out.max_stale = chance % 4 == 0 ? for_ever : some;
      return chance % 4 == 0 ? "max-stale" : with_number("max-stale");
    case stale_if_error:
      out.stale_if_error = some;
      return with_number("stale-if-error");
  }
  return {};
}

}  // namespace

wishes wish(std::uint32_t chance, http::fields& request) {
  wishes out;
  // Two places for what is broken least easily.
  constexpr std::array<directive, 10> firsts{directive::no_cache,       directive::no_store,  directive::only_if_cached,
                                             directive::max_age,        directive::min_fresh, directive::max_stale,
                                             directive::stale_if_error, directive::pragma,    directive::no_cache,
                                             directive::min_fresh};
  const directive first = firsts[chance % firsts.size()];
  if (first == directive::pragma) {  // counts where there is no Cache-Control (RFC 9111 §5.4)
    request.add("Pragma", take(first, chance / firsts.size(), out));
    return out;
  }
  const std::string one = take(first, chance >> 7U, out);
  if ((chance >> 13U) % 8 == 0) request.add("Pragma", "no-cache");  // beside a Cache-Control it means nothing
  const auto second = static_cast<directive>((chance >> 3U) % 7);
  if ((chance >> 6U) % 2 == 0 || second == first) {
    request.add("Cache-Control", one);
    return out;
  }
  const std::string other = take(second, chance >> 15U, out);
  if ((chance >> 8U) % 2 == 0) {
    request.add("cache-control", one + ", " + other);
  } else {
    request.add("Cache-Control", one);
    request.add("Cache-Control", other);
  }
  return out;
}

condition conditions(std::uint32_t chance, const had& last, http::fields& request) {
  condition out;
  const auto tag = [&](std::string_view text, std::uint32_t has) {
    out.by_tag = true;
    out.has = has;
    request.add("If-None-Match", text);
  };
  switch (chance % 7) {
    case 0:
      tag("*", 0);
      out.any = true;
      break;
    case 1:
      tag("\"another\", W/" + last.etag, last.serial);
      break;
    case 2:
      tag("\"another\"", 0);
      break;
    case 3:
      if (!last.changed) break;
      request.add("If-Modified-Since", last.last_modified);
      out.since = last.changed;
      break;
    case 4:
      if (!last.changed) break;
      request.add("If-Modified-Since", last.last_modified);
      tag("\"another\"", 0);
      break;
    default:
      tag(last.etag, last.serial);
  }
  return out;
}

}  // namespace sidecache::simulation
