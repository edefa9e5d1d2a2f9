#include "unit/net/scripted_server.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <stdexcept>

namespace sidecache::net::in_tests {

peer::~peer() {
  if (tls_) SSL_free(tls_);
}

int peer::receive(char* at, int size) {
  if (tls_) return SSL_read(tls_, at, size);
  return static_cast<int>(::recv(socket_, at, static_cast<std::size_t>(size), 0));
}

std::string peer::read_head() {
  std::array<char, 4096> block;
  while (true) {
    if (const auto end = ahead_.find("\r\n\r\n"); end != std::string::npos) {
      std::string head = ahead_.substr(0, end + 4);
      ahead_.erase(0, end + 4);
      return head;
    }
    const int got = receive(block.data(), block.size());
    if (got <= 0) return {};
    ahead_.append(block.data(), static_cast<std::size_t>(got));
  }
}

std::string peer::read_bytes(std::size_t count) {
  std::array<char, 65536> block;
  std::string all = ahead_.substr(0, count);
  ahead_.erase(0, all.size());
  while (all.size() < count) {
    const int got = receive(block.data(), static_cast<int>(std::min(block.size(), count - all.size())));
    if (got <= 0) break;
    all.append(block.data(), static_cast<std::size_t>(got));
  }
  return all;
}

bool peer::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto sent = tls_ ? SSL_write(tls_, bytes.data(), static_cast<int>(bytes.size()))
                           : ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

void peer::answer(std::string_view body, std::string_view fields, std::string_view status) {
  std::string message = "HTTP/1.1 ";
  message.append(status).append("\r\nContent-Length: ").append(std::to_string(body.size())).append("\r\n");
  message.append(fields).append("\r\n").append(body);
  send(message);
}

bool peer::start_tls(SSL_CTX* context) {
  tls_ = SSL_new(context);
  SSL_set_fd(tls_, socket_);
  return SSL_accept(tls_) == 1;
}

void peer::say_goodbye() { SSL_shutdown(tls_); }

void peer::reset_at_end() {
  const linger at_once{1, 0};
  ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
}

bool peer::client_leaves() {
  char byte = 0;
  return ahead_.empty() && receive(&byte, 1) <= 0;
}

scripted_server::scripted_server(std::vector<script> scripts, SSL_CTX* tls, bool ipv6)
    : scripts_(std::move(scripts)),
      tls_(tls),
      listener_(::socket(ipv6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)),
      ipv6_(ipv6) {
  ::signal(SIGPIPE, SIG_IGN);  // SSL_write has no MSG_NOSIGNAL
  sockaddr_in6 v6{};
  v6.sin6_family = AF_INET6;
  v6.sin6_addr = in6addr_loopback;
  sockaddr_in v4{};
  v4.sin_family = AF_INET;
  v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  auto* address = ipv6 ? reinterpret_cast<sockaddr*>(&v6) : reinterpret_cast<sockaddr*>(&v4);
  socklen_t size = ipv6 ? sizeof(v6) : sizeof(v4);
  if (::bind(listener_, address, size) != 0 || ::listen(listener_, 128) != 0 ||
      ::getsockname(listener_, address, &size) != 0) {
    ::close(listener_);
    throw std::runtime_error("cannot listen on loopback");
  }
  port_ = ntohs(ipv6 ? v6.sin6_port : v4.sin_port);
  acceptor_ = std::jthread([this] { accept_all(); });
}

scripted_server::~scripted_server() {
  stop_listening();
  {
    const std::scoped_lock guard(lock_);
    for (const int socket : open_) ::shutdown(socket, SHUT_RDWR);
  }
  threads_.clear();
}

void scripted_server::stop_listening() {
  if (stopping_.exchange(true)) return;
  ::shutdown(listener_, SHUT_RDWR);  // wakes accept()
  acceptor_.join();
  ::close(listener_);
}

std::string scripted_server::url(std::string_view scheme) const {
  return std::string(scheme) + (ipv6_ ? "://[::1]:" : "://127.0.0.1:") + std::to_string(port_);
}

void scripted_server::accept_all() {
  while (true) {
    const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (socket < 0 || stopping_) {
      if (socket >= 0) ::close(socket);
      return;
    }
    const int on = 1;
    ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    const auto index = static_cast<std::size_t>(connections_++);
    const std::scoped_lock guard(lock_);
    open_.push_back(socket);
    threads_.emplace_back([this, socket, index] { serve(socket, index); });
  }
}

void scripted_server::serve(int socket, std::size_t index) {
  SSL* tls = nullptr;
  if (tls_) {
    tls = SSL_new(tls_);
    SSL_set_fd(tls, socket);
  }
  {
    peer client(socket, tls);
    if (!tls || SSL_accept(tls) == 1) {
      scripts_[std::min(index, scripts_.size() - 1)](client);
    } else {
      // Closed over unread bytes, the kernel would send a reset that overtakes the alert.
      ::shutdown(socket, SHUT_WR);
      std::array<char, 4096> rest;
      while (::recv(socket, rest.data(), rest.size(), 0) > 0) {
      }
    }
  }
  const std::scoped_lock guard(lock_);
  std::erase(open_, socket);
  ::close(socket);
  ++closed_;
}

}  // namespace sidecache::net::in_tests
