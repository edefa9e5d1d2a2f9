// The part of a connection that is no Asio socket's while it rests.
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <utility>

#include "net/connection.hpp"

namespace sidecache::net {
namespace {

boost::system::error_code last_error() { return {errno, boost::system::system_category()}; }

// By system call: libc's functions are points at which a thread can be cancelled, and where there are several threads
// they mark this one as such before each call and unmark it after, which is a fiftieth of an answer from memory.
ssize_t receive(int from, void* into, std::size_t most) {
  return ::syscall(SYS_recvfrom, from, into, most, 0, nullptr, nullptr);
}
ssize_t send_now(int to, std::string_view bytes) {
  return ::syscall(SYS_sendto, to, bytes.data(), bytes.size(), MSG_NOSIGNAL, nullptr, 0);
}

int family_of(int descriptor) {
  int family = AF_UNSPEC;
  socklen_t size = sizeof family;
  return ::getsockopt(descriptor, SOL_SOCKET, SO_DOMAIN, &family, &size) == 0 ? family : AF_UNSPEC;
}

}  // namespace

bool connection::rest(ready_set& set, resting_owner& owner) {
  error_code error;
  const int descriptor = socket_.release(error);
  if (error) return false;
  rest_ = {.set = &set, .owner = &owner, .descriptor = descriptor};
  if (!set.add(descriptor, owner)) return true;
  rest_ = {};
  socket_.assign({family_of(descriptor), 0}, descriptor, error);
  if (error) {
    if (tls_) tls_->lose_socket();
    ::close(descriptor);
  }
  return false;
}

void connection::wake() {
  if (!resting()) return;
  const int descriptor = end_rest();
  error_code error;
  socket_.assign({family_of(descriptor), 0}, descriptor, error);
  if (!error) socket_.non_blocking(true, error);
  if (!error || socket_.is_open()) return;
  if (tls_) tls_->lose_socket();
  ::close(descriptor);  // whoever reads next is told of a bad one
}

int connection::end_rest() {
  read_deadline_.disarm();
  const auto rested = std::exchange(rest_, {});
  rested.set->remove(rested.descriptor, *rested.owner);
  return rested.descriptor;
}

bool connection::took_all(std::size_t size, std::size_t most) const {
  if (tls_) return !tls_->holds_input() && (!resting() || tls_->took_all());
  return !resting() || size < most;
}

connection::arrival connection::take_resting(char* into, std::size_t most) const {
  const auto got = receive(rest_.descriptor, into, most);
  if (got < 0) return {.error = last_error()};
  if (got == 0) return {.error = asio::error::eof};
  return {.size = static_cast<std::size_t>(got)};
}

std::size_t connection::write_resting(std::string_view first, std::string_view second, error_code& error) const {
  // sendmsg() changes nothing behind iov_base.
  std::array<iovec, 2> parts{iovec{const_cast<char*>(first.data()), first.size()},
                             iovec{const_cast<char*>(second.data()), second.size()}};
  msghdr message{};
  message.msg_iov = parts.data();
  message.msg_iovlen = parts.size();
  const auto sent =
      second.empty() ? send_now(rest_.descriptor, first) : ::sendmsg(rest_.descriptor, &message, MSG_NOSIGNAL);
  if (sent >= 0) return static_cast<std::size_t>(sent);
  error = last_error();
  return 0;
}

}  // namespace sidecache::net
