// Addresses as settings write them: what to listen on, and the URL of the control plane. Parsing only, no look-ups.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

namespace sidecache::config {

/// "127.0.0.1:9400", "[::1]:9400" or "unix:/run/sidecache.sock". Port 0 asks for any free one.
struct listen_address {
  std::string text;  ///< as it was written
  std::string host;  ///< an IP address without brackets; "" with unix
  std::uint16_t port = 0;
  std::string path;  ///< of a Unix socket, absolute; "" with TCP

  [[nodiscard]] bool is_unix() const { return !path.empty(); }
  bool operator==(const listen_address&) const = default;
};

/// sun_path holds 108 bytes, the last of which ends the text (unix(7)).
constexpr std::size_t longest_unix_path = 107;

/// The error says what was expected.
[[nodiscard]] std::expected<listen_address, std::string> parse_listen_address(std::string_view text);

/// True if both can't be bound at once: the same socket path, or the same port (but 0) where the hosts are the same
/// address or one of them stands for every address of its family.
[[nodiscard]] bool collide(const listen_address& a, const listen_address& b);

/// "https://host[:port][/path]": no user, query or fragment.
struct upstream_url {
  std::string text;  ///< as it was written
  bool tls = false;
  std::string host;  ///< a name or an IP address in lower case, without brackets
  std::uint16_t port = 0;
  std::string path;  ///< what goes in front of a request's target: "" or "/v1", no slash at the end

  bool operator==(const upstream_url&) const = default;
};

/// The error says what was expected and repeats nothing of the text.
[[nodiscard]] std::expected<upstream_url, std::string> parse_upstream_url(std::string_view text);

/// What upstream.proxy takes: "", "direct", or an egress proxy's http://host[:port], as the environment often has it
/// without the scheme. The error says what was expected and repeats nothing of the text.
[[nodiscard]] std::expected<std::string, std::string> parse_proxy(std::string_view text);

}  // namespace sidecache::config
