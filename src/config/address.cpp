#include "config/address.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <optional>

#include "base/text.hpp"

namespace sidecache::config {
namespace {

constexpr std::string_view expected_address = "an IP address and a port (127.0.0.1:9400, [::1]:9400) or unix:/PATH";
constexpr std::string_view expected_url =
    "http:// or https://, a host, perhaps a port and a path, and no user, query or fragment";

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return port;
}

/// 4 or 16 bytes of address, nothing if it is none.
std::string address_bytes(const std::string& host) {
  std::array<char, sizeof(in6_addr)> bytes{};
  if (inet_pton(AF_INET, host.c_str(), bytes.data()) == 1) return {bytes.data(), sizeof(in_addr)};
  if (inet_pton(AF_INET6, host.c_str(), bytes.data()) == 1) return {bytes.data(), sizeof(in6_addr)};
  return {};
}

struct host_and_port {
  std::string host;
  std::string_view port;
  bool bracketed = false;
  bool has_port = false;
};

/// "host", "host:port", "[v6]" or "[v6]:port".
std::optional<host_and_port> split_host_and_port(std::string_view text) {
  host_and_port out;
  std::string_view rest;
  if (text.starts_with('[')) {
    const auto end = text.find(']');
    if (end == std::string_view::npos) return std::nullopt;
    out.host = text.substr(1, end - 1);
    out.bracketed = true;
    rest = text.substr(end + 1);
  } else {
    const auto colon = std::min(text.find(':'), text.size());
    out.host = text.substr(0, colon);
    rest = text.substr(colon);
  }
  if (rest.empty()) return out;
  if (!rest.starts_with(':')) return std::nullopt;
  out.port = rest.substr(1);
  out.has_port = true;
  return out;
}

std::expected<listen_address, std::string> parse_unix_address(std::string_view text) {
  const std::string_view path = text.substr(std::strlen("unix:"));
  if (!path.starts_with('/') || path.size() > longest_unix_path || path.contains('\0'))
    return std::unexpected("unix: and an absolute path of at most " + std::to_string(longest_unix_path) + " bytes");
  listen_address out;
  out.text = text;
  out.path = path;
  return out;
}

/// A lower-case name, or an IPv4 address in full: "127.1" would be one to the resolver and none to a certificate.
bool is_host(std::string host) {
  constexpr std::size_t longest = 253;  // what fits a DNS message (RFC 1035 §3.1)
  constexpr std::string_view digits = "0123456789";
  constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyz0123456789-_.";
  if (host.ends_with('.')) host.pop_back();
  if (host.empty() || host.size() > longest || host.front() == '.' || host.front() == '-') return false;
  if (host.contains("..") || host.find_first_not_of(letters) != std::string::npos) return false;
  const std::string last_label = host.substr(host.rfind('.') + 1);
  const bool is_number = last_label.find_first_not_of(digits) == std::string::npos || last_label.starts_with("0x");
  return !is_number || address_bytes(host).size() == sizeof(in_addr);
}

/// RFC 3986 §3.3, without looking into escapes: whatever can stand in a request line and starts no query.
bool is_url_path(std::string_view path) {
  return std::ranges::all_of(path, [](char c) { return c > ' ' && c < 0x7F && c != '?' && c != '#' && c != '\\'; });
}

}  // namespace

std::expected<listen_address, std::string> parse_listen_address(std::string_view text) {
  if (text.starts_with("unix:")) return parse_unix_address(text);
  const auto parts = split_host_and_port(text);
  const auto port = parts ? parse_port(parts->port) : std::nullopt;
  const std::size_t wanted = parts && parts->bracketed ? sizeof(in6_addr) : sizeof(in_addr);
  if (!port || address_bytes(parts->host).size() != wanted) return std::unexpected(std::string(expected_address));
  listen_address out;
  out.text = text;
  out.host = parts->host;
  out.port = *port;
  return out;
}

bool collide(const listen_address& a, const listen_address& b) {
  if (a.is_unix() || b.is_unix()) return a.path == b.path;
  if (a.port != b.port || a.port == 0) return false;
  const std::string x = address_bytes(a.host);
  const std::string y = address_bytes(b.host);
  if (x.size() != y.size()) return false;
  const std::string any(x.size(), '\0');
  return x == y || x == any || y == any;
}

std::expected<upstream_url, std::string> parse_upstream_url(std::string_view text) {
  const auto wrong = std::unexpected(std::string(expected_url));
  upstream_url out;
  out.text = text;
  out.tls = starts_with_ignoring_case(text, "https://");
  if (!out.tls && !starts_with_ignoring_case(text, "http://")) return wrong;
  const std::string_view rest = text.substr(out.tls ? std::strlen("https://") : std::strlen("http://"));
  const auto slash = std::min(rest.find('/'), rest.size());
  const auto parts = split_host_and_port(rest.substr(0, slash));
  if (!parts) return wrong;
  const bool host_is_right =
      parts->bracketed ? address_bytes(parts->host).size() == sizeof(in6_addr) : is_host(lower(parts->host));
  if (!host_is_right || !is_url_path(rest.substr(slash))) return wrong;
  out.host = lower(parts->host);
  out.port = out.tls ? 443 : 80;
  if (parts->has_port) {
    const auto port = parse_port(parts->port);
    if (!port || *port == 0) return wrong;
    out.port = *port;
  }
  out.path = rest.substr(slash);
  out.path.erase(out.path.find_last_not_of('/') + 1);
  return out;
}

std::expected<std::string, std::string> parse_proxy(std::string_view text) {
  if (text.empty() || text == "direct") return std::string(text);
  if (text.contains('@'))
    return std::unexpected("http://host:port without user and password, which upstream.proxy_credentials_file is for");
  const auto scheme = text.find("://");
  const std::string url = (scheme == std::string_view::npos ? "http://" : "") + std::string(text);
  if (!starts_with_ignoring_case(url, "http://"))
    return std::unexpected(
        "http://host:port: neither a proxy that is itself spoken to over TLS nor SOCKS is supported");
  const auto parsed = parse_upstream_url(url);
  if (!parsed || !parsed->path.empty()) return std::unexpected("http://host:port, or direct");
  return url;
}

}  // namespace sidecache::config
