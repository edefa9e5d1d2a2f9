// Sockets of the benchmark's own programs: IPv4 loopback only, never blocking, without Nagle's delay. What can't be had
// is an exception: these programs are nothing without their sockets. Descriptors are plain numbers, and live as long as
// the process unless whoever holds them closes them.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <system_error>

namespace sidecache::bench {

inline int or_throw(int result, const char* what) {
  if (result < 0) throw std::system_error(errno, std::generic_category(), what);
  return result;
}

inline sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

inline void send_at_once(int descriptor) {
  const int on = 1;
  setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

/// Port 0: the system chooses, and port_of tells.
inline int listen_on_loopback() {
  const int made = or_throw(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), "socket");
  const auto address = loopback(0);
  or_throw(bind(made, reinterpret_cast<const sockaddr*>(&address), sizeof address), "bind");
  or_throw(listen(made, 4096), "listen");
  return made;
}

inline std::uint16_t port_of(int listening) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  or_throw(getsockname(listening, reinterpret_cast<sockaddr*>(&address), &size), "getsockname");
  return ntohs(address.sin_port);
}

/// -1 if nobody waits.
inline int accept_one(int listening) {
  const int client = accept4(listening, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (client >= 0) send_at_once(client);
  return client;
}

/// Connected when it returns: on loopback that takes microseconds, unless the other's queue is full.
inline int connect_to(std::uint16_t port) {
  const int made = or_throw(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket");
  const auto address = loopback(port);
  or_throw(connect(made, reinterpret_cast<const sockaddr*>(&address), sizeof address), "connect");
  send_at_once(made);
  return made;
}

inline void watch(int epoll, int descriptor, std::uint32_t events) {
  epoll_event event{};
  event.events = events;
  event.data.fd = descriptor;
  or_throw(epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event), "epoll_ctl");
}

inline void watch_anew(int epoll, int descriptor, std::uint32_t events) {
  epoll_event event{};
  event.events = events;
  event.data.fd = descriptor;
  or_throw(epoll_ctl(epoll, EPOLL_CTL_MOD, descriptor, &event), "epoll_ctl");
}

}  // namespace sidecache::bench
