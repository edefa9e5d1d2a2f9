// The part of a connection that is no Asio socket's while it rests.
#include <sys/socket.h>
#include <unistd.h>

#include <utility>

#include "net/connection.hpp"

namespace sidecache::net {
namespace {

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

connection::arrival connection::arrived(transferred read) {
  if (read.error != 0) return {.error = {read.error, boost::system::system_category()}};
  if (read.size == 0) return {.error = asio::error::eof};
  return {.size = read.size};
}

connection::arrival connection::take_resting(char* into, std::size_t most) const {
  return arrived(receive(rest_.descriptor, into, most));
}

std::size_t connection::write_resting(std::string_view first, std::string_view second, error_code& error) const {
  const auto sent = send(rest_.descriptor, first, second);
  if (sent.error != 0) error = {sent.error, boost::system::system_category()};
  return sent.size;
}

}  // namespace sidecache::net
