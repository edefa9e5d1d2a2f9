// What to do with a request, decided from its head alone: no I/O, no clock, no cache.
#pragma once

#include <string>
#include <string_view>

#include "http/message.hpp"
#include "http/route.hpp"
#include "proxy/settings.hpp"

namespace sidecache::proxy {

enum class action : std::uint8_t {
  lookup,  ///< answer from the cache, or fetch on behalf of everybody who asks
  write,   ///< stream through; what it may change is dropped by the answer
  sync,    ///< the changes since it was last asked: read whole, once, and what they name dropped before they go on
  pass,    ///< stream through
};

struct plan {
  action what = action::pass;
  plane_kind plane = plane_kind::admin;
  http::route route = http::route::other;
  http::target target;
  /// For Cache-Status: the `fwd` reason of RFC 9211 §2.2 that holds if this is passed, and a detail, "" if none.
  std::string_view forward = "bypass";
  std::string_view detail;
};

[[nodiscard]] plan plan_request(const http::request_head& request, const std::vector<std::string>& prefixes,
                                plane_kind of = plane_kind::admin);
/// The same where it is known what classify_target() says of the request's target.
[[nodiscard]] plan plan_request(const http::request_head& request, http::target classified, plane_kind of);
/// The same of a GET with one credential.
[[nodiscard]] plan plan_known_get(http::target classified, plane_kind of);

/// The `fwd` reason where what was planned so is passed on, whatever that was.
[[nodiscard]] constexpr std::string_view passed_because(const plan& made) {
  return made.what == action::lookup ? "bypass" : made.forward;
}
/// The detail where the mode is why.
constexpr std::string_view bypassed = "mode";

}  // namespace sidecache::proxy
