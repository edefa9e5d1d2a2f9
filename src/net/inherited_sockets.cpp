#include "net/inherited_sockets.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdlib>

namespace sidecache::net {
namespace {

constexpr int first_descriptor = 3;  // SD_LISTEN_FDS_START
constexpr std::string_view tls_suffix = "-tls";

std::optional<int> whole_number(const std::string& text) {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || number < 0) return std::nullopt;
  return number;
}

std::vector<std::string> split_names(std::string_view text) {
  std::vector<std::string> names;
  for (;;) {
    const auto colon = text.find(':');
    names.emplace_back(text.substr(0, colon));
    if (colon == std::string_view::npos) return names;
    text.remove_prefix(colon + 1);
  }
}

listen_address tcp_address(const sockaddr_storage& bound) {
  listen_address out;
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (bound.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(bound);
    inet_ntop(AF_INET, &v4.sin_addr, text.data(), text.size());
    out.port = ntohs(v4.sin_port);
  } else {
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(bound);
    inet_ntop(AF_INET6, &v6.sin6_addr, text.data(), text.size());
    out.port = ntohs(v6.sin6_port);
  }
  out.host = text.data();
  return out;
}

/// An abstract name, which begins with a zero byte, is written with an @ instead, as ss(8) does.
listen_address unix_address(const sockaddr_storage& bound, socklen_t size) {
  const auto& local = reinterpret_cast<const sockaddr_un&>(bound);
  const std::size_t length = size - offsetof(sockaddr_un, sun_path);
  listen_address out;
  out.path.assign(local.sun_path, length);
  if (out.path.starts_with('\0')) {
    out.path.front() = '@';
  } else {
    out.path.resize(out.path.find_last_not_of('\0') + 1);
  }
  return out;
}

bool is_bound_to(const listen_address& configured, const listen_address& bound) {
  if (configured.is_unix() || bound.is_unix()) return configured.path == bound.path;
  const bool same_host = configured.host == bound.host || (configured.host.empty() && bound.is_any_host());
  return same_host && configured.port == bound.port;
}

/// Port 0 asks for any that is free, and what a supervisor chose is as good.
bool would_do_for(const listen_address& configured, listen_address bound) {
  if (configured.port == 0) bound.port = 0;
  return is_bound_to(configured, bound);
}

std::size_t server_of(const inherited_socket& socket, const std::vector<configured_server>& servers) {
  std::string_view name = socket.name;
  if (name.ends_with(tls_suffix)) name.remove_suffix(tls_suffix.size());
  const auto named = std::ranges::find(servers, name, &configured_server::name);
  if (named != servers.end()) return static_cast<std::size_t>(named - servers.begin());
  const auto configured = std::ranges::find_if(servers, [&](const configured_server& each) {
    return std::ranges::any_of(each.addresses,
                               [&](const listen_address& address) { return is_bound_to(address, socket.bound); });
  });
  return configured != servers.end() ? static_cast<std::size_t>(configured - servers.begin()) : 0;
}

/// One server's addresses while sockets are found for them.
class assignment {
 public:
  explicit assignment(const std::vector<listen_address>& configured) : places_(configured.begin(), configured.end()) {}

  void add(const inherited_socket& socket) {
    listen_address at = socket.bound;
    auto* place = find(socket, is_bound_to);
    if (place == nullptr) place = find(socket, would_do_for);
    at.tls = place != nullptr ? place->address.tls : socket.name.ends_with(tls_suffix);
    const listen_place taken(at, socket.descriptor);
    if (place != nullptr) {
      *place = taken;
      matched_ = true;
    } else {
      further_.push_back(taken);
    }
  }
  [[nodiscard]] std::vector<listen_place> result() && {
    if (!matched_ && !further_.empty()) return std::move(further_);
    places_.insert(places_.end(), further_.begin(), further_.end());
    return std::move(places_);
  }

 private:
  template <class Match>
  listen_place* find(const inherited_socket& socket, Match match) {
    const auto at = std::ranges::find_if(
        places_, [&](const listen_place& place) { return place.inherited < 0 && match(place.address, socket.bound); });
    return at == places_.end() ? nullptr : &*at;
  }

  std::vector<listen_place> places_;
  std::vector<listen_place> further_;
  bool matched_ = false;
};

std::optional<std::string> take_variable(const char* name) {
  const char* const value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): there are no threads yet
  std::optional<std::string> taken;
  if (value != nullptr) taken = value;
  ::unsetenv(name);  // NOLINT(concurrency-mt-unsafe)
  return taken;
}

}  // namespace

std::expected<std::vector<inherited_socket>, std::string> read_handover(const handover& given, pid_t own_pid,
                                                                        const socket_inspector& inspect) {
  std::vector<inherited_socket> sockets;
  if (!given.count || !given.pid || *given.pid != std::to_string(own_pid)) return sockets;
  const auto count = whole_number(*given.count);
  constexpr int most = 1024;
  if (!count || *count > most) return std::unexpected("LISTEN_FDS is no number of sockets");
  std::vector<std::string> names(static_cast<std::size_t>(*count));
  if (given.names && *count > 0) names = split_names(*given.names);
  if (names.size() != static_cast<std::size_t>(*count))
    return std::unexpected("LISTEN_FDNAMES has " + std::to_string(names.size()) + " names for " + *given.count +
                           " sockets");
  for (int i = 0; i < *count; ++i) {
    auto bound = inspect(first_descriptor + i);
    if (!bound) return std::unexpected("LISTEN_FDS: " + bound.error());
    sockets.push_back({first_descriptor + i, names[static_cast<std::size_t>(i)], std::move(*bound)});
  }
  return sockets;
}

std::expected<listen_address, std::string> inspect_socket(int descriptor) {
  const auto refuse = [&] {
    return std::unexpected("descriptor " + std::to_string(descriptor) + " is no listening stream socket");
  };
  int type = 0;
  int listens = 0;
  socklen_t size = sizeof type;
  if (::getsockopt(descriptor, SOL_SOCKET, SO_TYPE, &type, &size) != 0 || type != SOCK_STREAM) return refuse();
  size = sizeof listens;
  if (::getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) != 0 || listens == 0) return refuse();
  sockaddr_storage bound{};
  size = sizeof bound;
  if (::getsockname(descriptor, reinterpret_cast<sockaddr*>(&bound), &size) != 0) return refuse();
  if (bound.ss_family == AF_INET || bound.ss_family == AF_INET6) return tcp_address(bound);
  if (bound.ss_family == AF_UNIX) return unix_address(bound, size);
  return refuse();
}

std::vector<inherited_socket> take_inherited_sockets() {
  const handover given{take_variable("LISTEN_PID"), take_variable("LISTEN_FDS"), take_variable("LISTEN_FDNAMES")};
  auto sockets = read_handover(given, ::getpid(), inspect_socket);
  if (!sockets) throw std::invalid_argument(sockets.error());
  for (const auto& socket : *sockets) ::fcntl(socket.descriptor, F_SETFD, FD_CLOEXEC);
  return std::move(*sockets);
}

std::vector<std::vector<listen_place>> assign_sockets(const std::vector<inherited_socket>& inherited,
                                                      const std::vector<configured_server>& servers) {
  std::vector<assignment> all;
  all.reserve(servers.size());
  for (const auto& server : servers) all.emplace_back(server.addresses);
  for (const auto& socket : inherited) all.at(server_of(socket, servers)).add(socket);
  std::vector<std::vector<listen_place>> places;
  places.reserve(all.size());
  for (auto& each : all) places.push_back(std::move(each).result());
  return places;
}

}  // namespace sidecache::net
