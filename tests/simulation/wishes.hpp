// What a client's own headers ask of the cache (RFC 9111 §5.2.1, RFC 5861 §4, RFC 9110 §13.1), as the ledger judges by
// them and as they stand in a request. Pure; the text is written in all the ways that mean the same.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "http/fields.hpp"

namespace sidecache::simulation {

struct wishes {
  bool no_cache = false;
  bool no_store = false;
  bool only_if_cached = false;
  std::optional<std::chrono::seconds> max_age = {};
  std::optional<std::chrono::seconds> min_fresh = {};
  std::optional<std::chrono::seconds> max_stale = {};  ///< without a number: `for_ever`
  std::optional<std::chrono::seconds> stale_if_error = {};

  /// Whether an answer of this age, fresh for that much longer, is not what was asked for.
  [[nodiscard]] bool refuse(duration age, duration left) const {
    return no_cache || (max_age && age > *max_age) || (min_fresh && left < *min_fresh);
  }
  /// Whether they can send a lookup upstream for which something fresh is there.
  [[nodiscard]] bool may_refuse() const { return no_cache || max_age || min_fresh; }
};
constexpr std::chrono::seconds for_ever{2'147'483'648};

/// One or two directives, written into `request`.
[[nodiscard]] wishes wish(std::uint32_t chance, http::fields& request);

/// What a client says it has already.
struct condition {
  bool by_tag = false;    ///< If-None-Match stands there, and then it alone counts
  bool any = false;       ///< `*`
  std::uint32_t has = 0;  ///< the answer whose tag it names; 0: none that is known
  std::optional<wall_time> since = {};
};

/// What a client of this credential was given last.
struct had {
  std::uint32_t serial = 0;
  std::string etag;
  std::string last_modified;
  std::optional<wall_time> changed = {};
};

/// One of the ways to ask for something newer than that.
[[nodiscard]] condition conditions(std::uint32_t chance, const had& last, http::fields& request);

}  // namespace sidecache::simulation
