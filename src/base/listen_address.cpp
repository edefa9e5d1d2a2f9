#include "base/listen_address.hpp"

#include <arpa/inet.h>

#include <array>

#include "base/host_and_port.hpp"
#include "base/text.hpp"

namespace sidecache {
namespace {

/// As everybody writes it: "::0001" is "::1", so that the same address has one text.
std::string canonical(const std::string& bytes) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const int family = bytes.size() == ipv4_bytes ? AF_INET : AF_INET6;
  return inet_ntop(family, bytes.data(), text.data(), text.size()) == nullptr ? std::string() : text.data();
}

/// Of an address that `:9400` may also leave out: "" is all interfaces.
std::string host_bytes(const listen_address& address) {
  return address.host.empty() ? std::string(ipv6_bytes, '\0') : address_bytes(address.host);
}

bool is_any(const std::string& bytes) { return bytes.find_first_not_of('\0') == std::string::npos; }

std::expected<listen_address, std::string> parse_unix_address(std::string_view text) {
  const std::string_view path = text.substr(std::string_view("unix:").size());
  if (!path.starts_with('/') || path.size() > longest_unix_path || path.contains('\0'))
    return std::unexpected("unix: and an absolute path of at most " + std::to_string(longest_unix_path) + " bytes");
  listen_address out;
  out.text = text;
  out.path = path;
  return out;
}

}  // namespace

bool listen_address::is_any_host() const { return !is_unix() && is_any(host_bytes(*this)); }

bool listen_address::is_loopback() const {
  if (is_unix()) return true;
  const std::string bytes = host_bytes(*this);
  if (bytes.size() == ipv4_bytes) return bytes.front() == '\x7F';  // RFC 1122 §3.2.1.3
  return bytes.back() == '\x01' && is_any(bytes.substr(0, bytes.size() - 1));
}

std::expected<listen_address, std::string> parse_listen_address(std::string_view text) {
  if (text.starts_with("unix:")) return parse_unix_address(text);
  listen_address out;
  out.text = text;
  out.tls = starts_with_ignoring_case(text, "https://");
  if (out.tls || starts_with_ignoring_case(text, "http://")) text.remove_prefix(text.find("//") + 2);
  const auto parts = split_host_and_port(text);
  const auto port = parts ? parse_port(parts->port) : std::nullopt;
  if (!parts || !port) return std::unexpected(std::string(listen_address_form));
  out.port = *port;
  if (parts->host.empty() && !parts->bracketed) return out;
  const std::string bytes = address_bytes(parts->host);
  if (bytes.size() != (parts->bracketed ? ipv6_bytes : ipv4_bytes))
    return std::unexpected(std::string(listen_address_form));
  out.host = canonical(bytes);
  return out;
}

std::string to_string(const listen_address& address) {
  if (address.is_unix()) return "unix:" + address.path;
  const bool bracketed = address.host.contains(':');
  return (bracketed ? "[" + address.host + "]" : address.host) + ":" + std::to_string(address.port);
}

std::string url_of(const listen_address& address) {
  if (address.is_unix()) return to_string(address);
  return (address.tls ? "https://" : "http://") + to_string(address);
}

bool same_place(const listen_address& a, const listen_address& b) {
  if (a.is_unix() || b.is_unix()) return a.path == b.path;
  return a.port == b.port && a.tls == b.tls && host_bytes(a) == host_bytes(b);
}

bool collide(const listen_address& a, const listen_address& b) {
  if (a.is_unix() || b.is_unix()) return a.path == b.path;
  if (a.port != b.port || a.port == 0) return false;
  const std::string x = host_bytes(a);
  const std::string y = host_bytes(b);
  const auto takes_all = [](const std::string& bytes) { return bytes.size() == ipv6_bytes && is_any(bytes); };
  if (takes_all(x) || takes_all(y)) return true;
  return x.size() == y.size() && (x == y || is_any(x) || is_any(y));
}

}  // namespace sidecache
