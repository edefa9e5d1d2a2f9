// CONNECT: a connection to an egress proxy becomes one to the control plane (RFC 9110 §9.3.6).
//
// The answer's head is read as strictly as any other. 2xx opens the tunnel, whatever lengths it names; anything else is
// a failure of kind `proxy`, of which the status alone is told: the proxy's page is meant for people in front of a
// browser. A byte behind the head before we have said hello is not the control plane's, which waits for us: it is a
// failure, not the beginning of a handshake.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <expected>

#include "base/secret.hpp"
#include "net/upstream_connection.hpp"
#include "net/upstream_site.hpp"
#include "proxy/origin.hpp"

namespace sidecache::net {

/// The head of the CONNECT request, credentials included.
[[nodiscard]] secret tunnel_request(const upstream_url& target, const upstream_proxy& by);

/// On a connection to the proxy that was just made; within the time that its read_by() has set.
asio::awaitable<std::expected<void, proxy::failure>> open_tunnel(upstream_connection& connection,
                                                                 const upstream_url& target, const upstream_proxy& by);

}  // namespace sidecache::net
