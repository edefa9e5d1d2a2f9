// The head of a request as it is written to the control plane.
#pragma once

#include <expected>
#include <string>

#include "net/upstream_site.hpp"
#include "proxy/origin.hpp"

namespace sidecache::net {

/// Adds Host and the framing fields and removes any that the caller left in. The error says what can't be written:
/// bytes that would end a line or the target stay out of the wire, wherever they come from.
/// `through`: the proxy that is to pass it on and reads it itself, if there is one: then the target is the whole URL
/// (RFC 9112 §3.2.2), and the proxy's credentials stand in the head. Null in a tunnel, which the proxy can't see into.
[[nodiscard]] std::expected<std::string, std::string> upstream_request_head(const proxy::upstream_request& request,
                                                                            const upstream_url& url,
                                                                            const upstream_proxy* through = nullptr);

/// The same of one whose lines are ready.
[[nodiscard]] std::string upstream_request_head(const proxy::ready_request& request, const upstream_url& url,
                                                const upstream_proxy* through = nullptr);

}  // namespace sidecache::net
