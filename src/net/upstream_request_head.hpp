// The head of a request as it is written to the control plane.
#pragma once

#include <expected>
#include <string>

#include "net/upstream_url.hpp"
#include "proxy/origin.hpp"

namespace sidecache::net {

/// Adds Host and the framing fields and removes any that the caller left in. The error says what can't be written:
/// bytes that would end a line or the target stay out of the wire, wherever they come from.
[[nodiscard]] std::expected<std::string, std::string> upstream_request_head(const proxy::upstream_request& request,
                                                                            const upstream_url& url);

}  // namespace sidecache::net
