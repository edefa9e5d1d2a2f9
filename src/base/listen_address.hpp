// Where to listen: `127.0.0.1:9400`, `[::1]:0`, `:9400` (all interfaces) or `unix:/path`; with `https://` in front of a
// host and port, TLS is spoken there. One parser for the settings, the listeners and what a supervisor hands down.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

namespace sidecache {

struct listen_address {
  std::string text;  ///< as it was written
  bool tls = false;
  std::string host;        ///< an IP address without brackets; "": all interfaces, IPv4 and IPv6
  std::uint16_t port = 0;  ///< 0: one that is free
  std::string path;        ///< of a Unix socket, absolute; then host and port mean nothing

  [[nodiscard]] bool is_unix() const { return !path.empty(); }
  /// Stands for every address of the machine, or every IPv4 one.
  [[nodiscard]] bool is_any_host() const;
  /// Only this machine can reach it: 127.0.0.0/8, ::1 or a Unix socket.
  [[nodiscard]] bool is_loopback() const;
  bool operator==(const listen_address&) const = default;
};

/// sun_path holds 108 bytes, the last of which ends the text (unix(7)).
constexpr std::size_t longest_unix_path = 107;

constexpr std::string_view listen_address_form =
    "an IP address and a port (127.0.0.1:9400, [::1]:9400, https://[::1]:9443) or unix:/PATH";

/// The error says what was expected.
[[nodiscard]] std::expected<listen_address, std::string> parse_listen_address(std::string_view text);

/// Without what says how it is spoken to: "127.0.0.1:9400", ":9400", "unix:/path".
[[nodiscard]] std::string to_string(const listen_address& address);
/// "http://127.0.0.1:9400", "https://…" or "unix:/path": what a client is told.
[[nodiscard]] std::string url_of(const listen_address& address);

/// True if they are one place to listen on, however they were written. Of port 0, that is one free port for both.
[[nodiscard]] bool same_place(const listen_address& a, const listen_address& b);

/// True if both can't be bound at once: the same socket path, or the same port (but 0) where the hosts are the same
/// address or one of them stands for every address of its family. `[::]` and no host take IPv4 connections too.
[[nodiscard]] bool collide(const listen_address& a, const listen_address& b);

}  // namespace sidecache
