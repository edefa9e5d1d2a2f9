// A client's request as it is sent on, or the answer to one that must not be.
//
// Pure. Whatever is forwarded carries Via with this process's pseudonym, so that a request which comes back here is
// known by it (RFC 9110 §7.6.3) and ended, instead of going round until something gives out. A hit forwards nothing and
// is not asked.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "proxy/core.hpp"
#include "proxy/exchange.hpp"
#include "proxy/origin.hpp"

namespace sidecache::proxy {

/// 508 for what this process has forwarded before; for OPTIONS and TRACE that may go no further (Max-Forwards: 0, RFC
/// 9110 §7.6.2) what sidecache itself has to say. A TRACE is refused: reflected, its head would show what hops between
/// have put into it, keys included. Nothing: forward it.
[[nodiscard]] std::optional<answer> answer_instead(const http::request_head& request, std::string_view pseudonym,
                                                   http::route route);

/// The request of a flight. `first` is the one that set it off.
[[nodiscard]] upstream_request lookup_request(const http::request_head& first, const core& by, http::route route);

/// Anything else. `client_address` is told to the control plane if the settings say so.
[[nodiscard]] upstream_request passed_request(const http::request_head& request, const core& by,
                                              std::string_view client_address, http::route route);

}  // namespace sidecache::proxy
