#include "net/socket_calls.hpp"

#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace sidecache::net {
namespace {

transferred told(ssize_t size) {
  if (size < 0) return {.size = 0, .error = errno};
  return {.size = static_cast<std::size_t>(size), .error = 0};
}

transferred send_both(int to, std::string_view first, std::string_view second) {
  // sendmsg() changes nothing behind iov_base.
  std::array<iovec, 2> parts{iovec{const_cast<char*>(first.data()), first.size()},
                             iovec{const_cast<char*>(second.data()), second.size()}};
  msghdr message{};
  message.msg_iov = parts.data();
  message.msg_iovlen = parts.size();
  return told(::sendmsg(to, &message, MSG_NOSIGNAL));
}

}  // namespace

transferred receive(int from, char* into, std::size_t most) {
  return told(::syscall(SYS_recvfrom, from, into, most, 0, nullptr, nullptr));
}

transferred send(int to, std::string_view first, std::string_view second) {
  if (!second.empty()) return send_both(to, first, second);
  return told(::syscall(SYS_sendto, to, first.data(), first.size(), MSG_NOSIGNAL, nullptr, 0));
}

}  // namespace sidecache::net
