#include "net/listener.hpp"

#include <linux/filter.h>
#include <spdlog/spdlog.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/local/stream_protocol.hpp>

namespace sidecache::net {
namespace {

constexpr auto pause_after_error = std::chrono::milliseconds(100);
constexpr mode_t unix_mode = 0660;

using boost::system::error_code;

/// Nobody listens behind a socket file that refuses connections.
bool is_stale(const std::string& path) {
  asio::io_context context;
  asio::local::stream_protocol::socket probe(context);
  error_code error;
  probe.connect(asio::local::stream_protocol::endpoint(path), error);
  return error == asio::error::connection_refused;
}

std::uint64_t inode_of(const std::string& path) {
  struct stat file{};
  return lstat(path.c_str(), &file) == 0 && S_ISSOCK(file.st_mode) ? file.st_ino : 0;
}

/// Nobody gets into the queue any more, and who is in it stays: so that between the last accept and the close no
/// connection is made that the close would reset. On TCP all packets are dropped; a client sends its SYN again after a
/// second, and then is refused.
void admit_no_more(int descriptor) {
  int family = 0;
  socklen_t size = sizeof family;
  ::getsockopt(descriptor, SOL_SOCKET, SO_DOMAIN, &family, &size);
  if (family == AF_UNIX) {
    ::shutdown(descriptor, SHUT_RD);  // of TCP it would empty the queue
    return;
  }
  sock_filter drop = BPF_STMT(BPF_RET | BPF_K, 0);
  const sock_fprog all{.len = 1, .filter = &drop};
  ::setsockopt(descriptor, SOL_SOCKET, SO_ATTACH_FILTER, &all, sizeof all);
}

}  // namespace

listener::listener(worker_pool& pool, listen_address address, permits& limit, accepted on_accept)
    : pool_(pool),
      home_(pool.at(0)),
      address_(std::move(address)),
      limit_(limit),
      on_accept_(std::move(on_accept)),
      io_(new io{decltype(io::acceptor)(home_.context), asio::steady_timer(home_.context)}) {}

listener::~listener() { remove_socket_file(); }

void listener::open() {
  try {
    address_.is_unix() ? open_unix() : open_tcp();
    io_->acceptor.non_blocking(true);
  } catch (const boost::system::system_error& e) {
    throw bind_error(address_, e.code().message());
  }
}

void listener::open_tcp() {
  using asio::ip::tcp;
  tcp::endpoint endpoint(address_.host.value_or(asio::ip::address_v6::any()), address_.port);
  error_code error;
  io_->acceptor.open(endpoint.protocol(), error);
  if (error && !address_.host) {  // a machine without IPv6
    endpoint = tcp::endpoint(asio::ip::address_v4::any(), address_.port);
    io_->acceptor.open(endpoint.protocol());
  } else if (error) {
    throw boost::system::system_error(error);
  }
  if (!address_.host && endpoint.protocol() == tcp::v6()) io_->acceptor.set_option(asio::ip::v6_only(false));
  // For the sake of past connections in TIME_WAIT; it does not let a second listener in.
  io_->acceptor.set_option(asio::socket_base::reuse_address(true));
  io_->acceptor.bind(endpoint);
  io_->acceptor.listen();
  const auto bound = io_->acceptor.local_endpoint();
  tcp::endpoint local;
  local.resize(bound.size());
  std::copy_n(reinterpret_cast<const char*>(bound.data()), bound.size(), reinterpret_cast<char*>(local.data()));
  address_.port = local.port();
}

void listener::open_unix() {
  const asio::local::stream_protocol::endpoint endpoint(address_.path);
  io_->acceptor.open(endpoint.protocol());
  error_code error;
  io_->acceptor.bind(endpoint, error);
  if (error == asio::error::address_in_use && inode_of(address_.path) != 0 && is_stale(address_.path)) {
    ::unlink(address_.path.c_str());
    io_->acceptor.bind(endpoint, error);
  }
  if (error) throw boost::system::system_error(error);
  socket_file_ = inode_of(address_.path);
  // Nobody can connect before listen(), so there is no moment with the wrong mode.
  if (::chmod(address_.path.c_str(), unix_mode) != 0)
    throw boost::system::system_error(error_code(errno, boost::system::system_category()));
  io_->acceptor.listen();
}

void listener::remove_socket_file() {
  if (socket_file_ != 0 && inode_of(address_.path) == socket_file_) ::unlink(address_.path.c_str());
  socket_file_ = 0;
}

void listener::resume() {
  if (accepting_ || closed_) return;
  if (!limit_.try_take()) {
    ++pauses_;
    return;
  }
  accepting_ = true;
  worker& target = pool_.least_loaded();
  io_->acceptor.async_accept(target.context, [this, &target](const error_code& error, socket client) {
    accepted_one(error, std::move(client), target);
  });
}

void listener::accepted_one(const error_code& error, socket client, worker& target) {
  accepting_ = false;
  if (error) limit_.give_back();
  if (!error) on_accept_(std::move(client), target);  // also one that came at the moment of close()
  if (closed_) return;
  if (error && error != asio::error::connection_aborted) {
    return pause_after(error);
  }
  resume();
}

void listener::pause_after(const error_code& error) {
  if (errors_++ == 0)
    spdlog::error("accepting on {} failed: {}; trying again every {} ms", to_string(address_), error.message(),
                  pause_after_error.count());
  accepting_ = true;
  io_->pause.expires_after(pause_after_error);
  io_->pause.async_wait([this](const error_code& cancelled) {
    if (cancelled) return;
    accepting_ = false;
    resume();
  });
}

void listener::drain() {
  admit_no_more(io_->acceptor.native_handle());
  while (!closed_ && limit_.try_take()) {
    worker& target = pool_.least_loaded();
    socket client(target.context);
    error_code error;
    io_->acceptor.accept(client, error);
    if (!error) {
      on_accept_(std::move(client), target);
      continue;
    }
    limit_.give_back();
    if (error != asio::error::connection_aborted) break;  // mostly would_block: that was all
  }
  close();
}

void listener::close() {
  if (closed_) return;
  closed_ = true;
  io_->pause.cancel();
  error_code ignored;
  io_->acceptor.close(ignored);
  remove_socket_file();
}

}  // namespace sidecache::net
