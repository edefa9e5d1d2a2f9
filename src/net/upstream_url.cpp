#include "net/upstream_url.hpp"

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <charconv>

#include "base/text.hpp"

namespace sidecache::net {
namespace {

namespace ip = boost::asio::ip;
using parts = std::expected<void, std::string>;

bool is_digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

bool is_name(std::string_view host) {
  // 253: what fits a DNS message (RFC 1035 §3.1). Underscores are no host name but container names have them.
  constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyz0123456789-_.";
  return !host.empty() && host.size() <= 253 && host.find_first_not_of(letters) == std::string_view::npos &&
         host.front() != '.' && host.find("..") == std::string_view::npos;
}

parts parse_port(std::string_view text, upstream_url& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out.port);
  if (!is_digits(text) || error != std::errc{} || end != text.data() + text.size() || out.port == 0)
    return std::unexpected("the port must be a number from 1 to 65535");
  return {};
}

parts parse_literal_v6(std::string_view text, upstream_url& out) {
  boost::system::error_code error;
  const auto address = ip::make_address_v6(std::string(text), error);
  if (error || text.find('%') != std::string_view::npos)
    return std::unexpected("expected an IPv6 address between [ and ]");
  out.is_address = true;
  out.host = out.lookup_name = address.to_string();
  out.authority = "[" + out.host + "]";
  return {};
}

parts parse_host(std::string_view text, upstream_url& out) {
  out.lookup_name = lower(text);
  out.host = out.lookup_name;
  if (out.host.ends_with('.')) out.host.pop_back();
  if (!is_name(out.host)) return std::unexpected("expected a host name, an IPv4 address or [an IPv6 address]");
  const std::string_view last_label = std::string_view(out.host).substr(out.host.rfind('.') + 1);
  if (is_digits(last_label) || last_label.starts_with("0x")) {
    boost::system::error_code error;
    const auto address = ip::make_address_v4(out.host, error);
    if (error) return std::unexpected("the host ends in a number but is no IPv4 address");
    out.is_address = true;
    out.host = out.lookup_name = address.to_string();
  }
  out.authority = out.host;
  return {};
}

parts parse_authority(std::string_view text, upstream_url& out) {
  std::string_view port;
  bool has_port = false;
  parts host;
  if (text.starts_with('[')) {
    const auto end = text.find(']');
    if (end == std::string_view::npos) return std::unexpected("the [ of the IPv6 address is not closed");
    host = parse_literal_v6(text.substr(1, end - 1), out);
    port = text.substr(end + 1);
    if (!port.empty() && port.front() != ':') return std::unexpected("expected : and a port after the IPv6 address");
    has_port = !port.empty();
    if (has_port) port.remove_prefix(1);
  } else {
    const auto colon = text.find(':');
    has_port = colon != std::string_view::npos;
    if (has_port) port = text.substr(colon + 1);
    host = parse_host(text.substr(0, colon), out);
  }
  if (!host) return host;
  const std::uint16_t default_port = out.tls ? 443 : 80;
  out.port = default_port;
  if (has_port)
    if (auto parsed = parse_port(port, out); !parsed) return parsed;
  if (out.port != default_port) out.authority += ":" + std::to_string(out.port);
  return {};
}

}  // namespace

std::expected<upstream_url, std::string> parse_upstream_url(std::string_view text) {
  upstream_url out;
  if (starts_with_ignoring_case(text, "https://")) {
    out.tls = true;
    text.remove_prefix(8);
  } else if (starts_with_ignoring_case(text, "http://")) {
    text.remove_prefix(7);
  } else {
    return std::unexpected("expected http:// or https:// in front");
  }
  if (!std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7F && c != '\\'; }))
    return std::unexpected("spaces, control characters, backslashes and non-ASCII are not allowed");
  if (text.find('?') != std::string_view::npos) return std::unexpected("a query is not allowed");
  if (text.find('#') != std::string_view::npos) return std::unexpected("a fragment is not allowed");
  const auto slash = text.find('/');
  const auto authority = text.substr(0, slash);
  if (authority.find('@') != std::string_view::npos) return std::unexpected("a user name or password is not allowed");
  if (auto parsed = parse_authority(authority, out); !parsed) return std::unexpected(parsed.error());
  if (slash != std::string_view::npos) out.prefix = text.substr(slash);
  while (out.prefix.ends_with('/')) out.prefix.pop_back();
  return out;
}

std::expected<upstream_url, std::string> parse_proxy_url(std::string_view text) {
  if (text.find("://") == std::string_view::npos) return parse_proxy_url("http://" + std::string(text));
  if (starts_with_ignoring_case(text, "https://"))
    return std::unexpected("a proxy that is itself spoken to over TLS is not supported, expected http:// in front");
  if (!starts_with_ignoring_case(text, "http://"))
    return std::unexpected("expected http:// in front, SOCKS is not supported");
  auto out = parse_upstream_url(text);
  if (out && !out->prefix.empty()) return std::unexpected("a path is not allowed");
  return out;
}

std::string host_and_port(const upstream_url& url) {
  const bool bracketed = url.authority.starts_with('[');
  return (bracketed ? "[" + url.host + "]" : url.host) + ":" + std::to_string(url.port);
}

}  // namespace sidecache::net
