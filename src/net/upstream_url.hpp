// The URL of a control plane, taken apart: where to connect, what to call it, and what stands before each target.
//
// Accepted: http or https, a name or an IP literal, a port, a path. Refused rather than ignored: user names and
// passwords (secrets come from files only), queries and fragments (a target is appended to the path), empty hosts,
// digits that are no address ("127.1" would be one to the resolver and none to a certificate).
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

namespace sidecache::net {

struct upstream_url {
  bool tls = false;
  std::string host;         ///< lower case, without brackets or a final dot: for certificates and SNI
  std::string lookup_name;  ///< as the resolver gets it: a final dot is kept, it rules search domains out
  bool is_address = false;  ///< the host is an IP literal: nothing to resolve, no SNI (RFC 6066 §3)
  std::uint16_t port = 0;
  std::string authority;  ///< the Host field: brackets around IPv6, the port unless it is the scheme's own
  std::string prefix;     ///< "" or "/albus": never ends with a slash
};

/// The error says what was expected; it never repeats the URL, which may hold a password.
[[nodiscard]] std::expected<upstream_url, std::string> parse_upstream_url(std::string_view text);

/// Of an egress proxy: http://host[:port], or host[:port] alone, as environments often have it. Neither path nor user:
/// its credentials come from a file. The error repeats nothing of the text.
[[nodiscard]] std::expected<upstream_url, std::string> parse_proxy_url(std::string_view text);

/// host:port with brackets around an IPv6 address and the port always there: the target of CONNECT (RFC 9112 §3.2.3).
[[nodiscard]] std::string host_and_port(const upstream_url& url);

}  // namespace sidecache::net
