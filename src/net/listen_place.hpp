// Where a server listens and how: an address to bind, or a socket that somebody else bound.
#pragma once

#include <sys/types.h>

#include <expected>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include "base/listen_address.hpp"

namespace sidecache::net {

class server_tls;

/// Who may connect to a Unix socket: what its file is given before anybody can.
struct socket_access {
  mode_t mode = 0660;
  std::optional<uid_t> user;  ///< none: whose process it is
  std::optional<gid_t> group;
};

/// "user", "user:group" or ":group", names or numbers; "" for no change. Asks the machine's user database. The error
/// says whom it doesn't know.
[[nodiscard]] std::expected<socket_access, std::string> parse_socket_owner(std::string_view owner);

struct listen_place {
  // NOLINTNEXTLINE(google-explicit-constructor): most places are just an address
  listen_place(listen_address where, int inherited_socket = -1)
      : address(std::move(where)), inherited(inherited_socket) {}

  listen_address address;
  int inherited;              ///< a listening descriptor, which the listener takes over; -1: bind the address
  bool giver_keeps = false;   ///< whoever handed it down goes on listening when this listener is closed
  socket_access access;       ///< of a Unix socket that is bound
  server_tls* tls = nullptr;  ///< what is spoken there; outlives the server; none: HTTP in clear
};

/// An address could not be bound or listened on. Start-up ends with it (exit code 71).
class bind_error : public std::runtime_error {
 public:
  bind_error(const listen_address& address, const std::string& reason)
      : std::runtime_error("cannot listen on " + to_string(address) + ": " + reason) {}
};

}  // namespace sidecache::net
