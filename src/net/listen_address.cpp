#include "net/listen_address.hpp"

#include <fmt/format.h>

#include <charconv>

namespace sidecache::net {
namespace {

constexpr std::string_view expected_form = "expected HOST:PORT with an IP address, [IPV6]:PORT, :PORT or unix:/PATH";
constexpr std::size_t longest_path = 107;  // sockaddr_un

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return port;
}

}  // namespace

std::expected<listen_address, std::string> parse_listen_address(std::string_view text) {
  const auto refuse = [&] { return std::unexpected(fmt::format("'{}': {}", text, expected_form)); };
  listen_address address;
  if (text.starts_with("unix:")) {
    address.path = text.substr(5);
    if (!address.path.starts_with('/')) return refuse();
    if (address.path.size() > longest_path)
      return std::unexpected(fmt::format("'{}': a Unix socket's path may have {} bytes", text, longest_path));
    return address;
  }
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return refuse();
  const auto port = parse_port(text.substr(colon + 1));
  if (!port) return refuse();
  address.port = *port;
  auto host = text.substr(0, colon);
  if (host.empty() || host == "*") return address;
  if (host == "localhost") host = "127.0.0.1";
  const bool bracketed = host.starts_with('[') && host.ends_with(']');
  if (bracketed) host = host.substr(1, host.size() - 2);
  boost::system::error_code error;
  address.host = asio::ip::make_address(std::string(host), error);
  if (error || address.host->is_v6() != bracketed) return refuse();
  return address;
}

std::string to_string(const listen_address& address) {
  if (address.is_unix()) return "unix:" + address.path;
  if (!address.host) return fmt::format(":{}", address.port);
  return fmt::format(fmt::runtime(address.host->is_v6() ? "[{}]:{}" : "{}:{}"), address.host->to_string(),
                     address.port);
}

bind_error::bind_error(const listen_address& address, std::string_view reason)
    : std::runtime_error(fmt::format("cannot listen on {}: {}", to_string(address), reason)) {}

}  // namespace sidecache::net
