#include "config/address.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>

#include "base/host_and_port.hpp"
#include "base/text.hpp"

namespace sidecache::config {
namespace {

constexpr std::string_view expected_url =
    "http:// or https://, a host, perhaps a port and a path, and no user, query or fragment";

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
  return !is_number || address_bytes(host).size() == ipv4_bytes;
}

/// RFC 3986 §3.3, without looking into escapes: whatever can stand in a request line and starts no query.
bool is_url_path(std::string_view path) {
  return std::ranges::all_of(path, [](char c) { return c > ' ' && c < 0x7F && c != '?' && c != '#' && c != '\\'; });
}

}  // namespace

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
      parts->bracketed ? address_bytes(parts->host).size() == ipv6_bytes : is_host(lower(parts->host));
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

std::expected<weighted_url, std::string> parse_weighted_url(std::string_view text) {
  constexpr std::string_view mark = "weight=";
  weighted_url out;
  if (text.empty()) return out;
  const auto space = std::min(text.find(' '), text.size());
  auto url = parse_upstream_url(text.substr(0, space));
  if (!url) return std::unexpected(std::move(url.error()));
  out.url = std::move(*url);
  if (space == text.size()) return out;
  const std::string_view weight = trim(text.substr(space));
  const char* const end = weight.data() + weight.size();
  const char* const digits = weight.data() + std::min(mark.size(), weight.size());
  const auto [read, error] = std::from_chars(digits, end, out.weight);
  if (!weight.starts_with(mark) || error != std::errc{} || read != end || out.weight == 0 || out.weight > most_weight)
    return std::unexpected("weight=1 to weight=1000 after the URL, or nothing");
  return out;
}

bool is_request_path(std::string_view text) {
  return text.empty() || (text.starts_with('/') && std::ranges::all_of(text, [](char c) {
                            return c > ' ' && c < 0x7F && c != '#' && c != '\\';
                          }));
}

std::expected<std::string, std::string> parse_proxy(std::string_view text) {
  if (text.empty() || text == "direct") return std::string(text);
  if (text.contains('@'))
    return std::unexpected("http://host:port without user and password, which upstream.proxy_credentials_file is for");
  const auto scheme = text.find("://");
  std::string url = (scheme == std::string_view::npos ? "http://" : "") + std::string(text);
  if (!starts_with_ignoring_case(url, "http://"))
    return std::unexpected(
        "http://host:port: neither a proxy that is itself spoken to over TLS nor SOCKS is supported");
  const auto parsed = parse_upstream_url(url);
  if (!parsed || !parsed->path.empty()) return std::unexpected("http://host:port, or direct");
  return url;
}

}  // namespace sidecache::config
