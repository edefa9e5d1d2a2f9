// "host:port" taken apart, as addresses to listen on and URLs both write it. Text only: nothing is looked up.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sidecache {

struct host_and_port {
  std::string host;  ///< without brackets
  std::string_view port;
  bool bracketed = false;
  bool has_port = false;
};

/// "host", "host:port", "[v6]" or "[v6]:port".
[[nodiscard]] std::optional<host_and_port> split_host_and_port(std::string_view text);

[[nodiscard]] std::optional<std::uint16_t> parse_port(std::string_view text);

constexpr std::size_t ipv4_bytes = 4;
constexpr std::size_t ipv6_bytes = 16;
/// An IP address in network order, `ipv4_bytes` or `ipv6_bytes` long; nothing if it is none.
[[nodiscard]] std::string address_bytes(const std::string& host);

}  // namespace sidecache
