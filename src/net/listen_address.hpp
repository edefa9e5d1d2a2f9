// Where to listen: `127.0.0.1:9400`, `[::1]:0`, `:9400` (all interfaces) or `unix:/path`.
#pragma once

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ip/address.hpp>
#include <cstdint>
#include <expected>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace sidecache::net {

namespace asio = boost::asio;

struct listen_address {
  std::optional<asio::ip::address> host;  ///< none: all interfaces, IPv4 and IPv6
  std::uint16_t port = 0;                 ///< 0: one that is free
  std::string path;                       ///< of a Unix socket; then host and port mean nothing

  [[nodiscard]] bool is_unix() const { return !path.empty(); }
};

/// The error says what was expected.
[[nodiscard]] std::expected<listen_address, std::string> parse_listen_address(std::string_view text);
[[nodiscard]] std::string to_string(const listen_address& address);

/// An address could not be bound or listened on. Start-up ends with it (exit code 71).
class bind_error : public std::runtime_error {
 public:
  bind_error(const listen_address& address, std::string_view reason);
};

}  // namespace sidecache::net
