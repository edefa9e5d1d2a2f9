// What a head of the control plane says of how long its answer is fresh, and how long sidecache may therefore call it
// so: RFC 9111 §4.2, RFC 5861, RFC 9213 and the README's "Whose word counts", computed from what was meant and not from
// the text. Pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "base/clock.hpp"
#include "http/fields.hpp"
#include "proxy/settings.hpp"

namespace sidecache::simulation {

struct directives {
  bool no_store = false;
  bool no_cache = false;
  bool must_revalidate = false;
  std::optional<std::chrono::seconds> max_age = {};
  std::optional<std::chrono::seconds> stale_while_revalidate = {};
  std::optional<std::chrono::seconds> stale_if_error = {};
};

struct spoken {
  std::optional<directives> general = {};   ///< Cache-Control
  std::optional<directives> targeted = {};  ///< CDN-Cache-Control
  bool garbled = false;  ///< CDN-Cache-Control is there, and no Structured Field: it counts as absent
  std::optional<wall_time> expires = {};
  bool expired = false;  ///< Expires: 0
  std::optional<wall_time> date = {};
  std::optional<std::chrono::seconds> age = {};
  std::optional<wall_time> last_modified = {};
};

/// Which of these an episode's control plane knows.
struct tongue {
  bool general = false;
  bool targeted = false;
  bool expires = false;
  bool dates = false;
  bool ages = false;
  bool last_modified = false;
};
/// Without Last-Modified, which is the record's.
[[nodiscard]] spoken speak(const tongue& by, std::uint32_t chance, wall_time now);

void say(const spoken& what, http::fields& head);

/// What a stored head says once a 304 was taken into it (RFC 9111 §3.2): each field replaces its own. A 304 without
/// Date was made when it came (RFC 9110 §6.6.1), and Age is the message's own.
[[nodiscard]] spoken updated(const spoken& stored, const spoken& by);

struct allowance {
  bool no_store = false;
  duration initial_age{};
  duration fresh{};
  duration revalidate{};
  duration on_error{};
};
/// `cdn_cache_control`: that is heeded. `ttl`: what the settings would give this answer.
[[nodiscard]] allowance allowed(const spoken& what, bool cdn_cache_control, const proxy::freshness_settings& of_route,
                                duration ttl, mono_time sent, instant now);

}  // namespace sidecache::simulation
