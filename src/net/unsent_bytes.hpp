// How much the kernel may hold of what we wrote and the peer has no room for.
//
// By itself a TCP socket takes megabytes (tcp_wmem) for a peer that reads nothing, and as much again waits in the
// socket it came from: ten thousand slow readers would hold gigabytes that no limit of ours counts. TCP_NOTSENT_LOWAT
// bounds what is not on its way yet; what is in flight, and so the throughput, is left alone. A Unix socket does not
// know the option and is bounded as it is (net.core.wmem_default).
#pragma once

#include <netinet/tcp.h>
#include <sys/socket.h>

namespace sidecache::net {

/// Four of the largest pieces that are written at once, so that the peer never waits for the next one.
constexpr int unsent_bytes_allowed = 256 * 1024;

inline void bound_unsent_bytes(int tcp_socket) {
  ::setsockopt(tcp_socket, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &unsent_bytes_allowed, sizeof unsent_bytes_allowed);
}

}  // namespace sidecache::net
