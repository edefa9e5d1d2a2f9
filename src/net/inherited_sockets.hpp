// Listening sockets that whoever started this process handed down: sd_listen_fds(3), as systemd and other supervisors
// do it, without libsystemd.
//
// Theory of operation: LISTEN_FDS descriptors from 3 on are ours if LISTEN_PID is this process; LISTEN_FDNAMES may name
// them. A name, `proxy`, `metrics` or `admin`, with `-tls` behind it where TLS is to be spoken, chooses the server; any
// other socket belongs to the server whose configured address it is bound to, else to the first one, the proxy. What is
// inherited is not bound again, and if a server inherits sockets and none of them is at an address that was configured
// for it, they take the place of those addresses.
// read_handover() and assign_sockets() decide and do no I/O; take_inherited_sockets() performs, once, at the start and
// before there are threads (it changes the environment).
#pragma once

#include <sys/types.h>

#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/listen_place.hpp"

namespace sidecache::net {

/// The environment's part.
struct handover {
  std::optional<std::string> pid;    ///< LISTEN_PID
  std::optional<std::string> count;  ///< LISTEN_FDS
  std::optional<std::string> names;  ///< LISTEN_FDNAMES, colon-separated
};

struct inherited_socket {
  int descriptor;
  std::string name;  ///< "" for none
  listen_address bound;
};

/// Where a descriptor listens; the error says why it does not ("descriptor 3 is no listening stream socket").
using socket_inspector = std::function<std::expected<listen_address, std::string>(int descriptor)>;

/// Nothing if there is nothing for this process.
[[nodiscard]] std::expected<std::vector<inherited_socket>, std::string> read_handover(const handover& given,
                                                                                      pid_t own_pid,
                                                                                      const socket_inspector& inspect);

[[nodiscard]] std::expected<listen_address, std::string> inspect_socket(int descriptor);

/// Of this process; marks them close-on-exec and removes the variables. Throws std::invalid_argument.
[[nodiscard]] std::vector<inherited_socket> take_inherited_sockets();

struct configured_server {
  std::string_view name;
  std::vector<listen_address> addresses;
};

/// For each server, in order, where it is to listen.
[[nodiscard]] std::vector<std::vector<listen_place>> assign_sockets(const std::vector<inherited_socket>& inherited,
                                                                    const std::vector<configured_server>& servers);

}  // namespace sidecache::net
