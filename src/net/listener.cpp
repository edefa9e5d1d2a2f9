#include "net/listener.hpp"

#include <linux/filter.h>
#include <poll.h>
#include <spdlog/spdlog.h>
#include <sys/socket.h>

#include <array>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/v6_only.hpp>

namespace sidecache::net {
namespace {

constexpr auto pause_after_error = std::chrono::milliseconds(100);

using boost::system::error_code;

/// Nobody new gets into the queue, and who is in it stays: so that between the last accept and the close no connection
/// is made that the close would reset. On TCP a SYN is dropped (its client sends it again after a second, and then is
/// refused), and whoever has begun a handshake may end it.
void admit_no_more(int descriptor) {
  int family = 0;
  socklen_t size = sizeof family;
  ::getsockopt(descriptor, SOL_SOCKET, SO_DOMAIN, &family, &size);
  if (family == AF_UNIX) {
    ::shutdown(descriptor, SHUT_RD);  // of TCP it would empty the queue
    return;
  }
  constexpr unsigned flags_at = 13;  // in the TCP header, where a filter of a TCP socket begins to count
  constexpr unsigned syn = 0x02;
  constexpr unsigned ack = 0x10;
  std::array<sock_filter, 5> drop_syn{{BPF_STMT(BPF_LD | BPF_B | BPF_ABS, flags_at),
                                       BPF_STMT(BPF_ALU | BPF_AND | BPF_K, syn | ack),
                                       BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, syn, 0, 1), BPF_STMT(BPF_RET | BPF_K, 0),
                                       BPF_STMT(BPF_RET | BPF_K, 0xFFFFFFFF)}};
  const sock_fprog program{.len = drop_syn.size(), .filter = drop_syn.data()};
  ::setsockopt(descriptor, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program);
}

/// True if somebody is in the queue, or gets there within moments: the last packet of a handshake may be on its way.
bool has_queue(int descriptor) {
  constexpr int moments_ms = 2;
  pollfd queue{.fd = descriptor, .events = POLLIN, .revents = 0};
  return ::poll(&queue, 1, moments_ms) == 1 && (queue.revents & POLLIN) != 0;
}

}  // namespace

listener::listener(worker_pool& pool, listen_place place, permits& limit, accepted on_accept)
    : pool_(pool),
      home_(pool.at(0)),
      place_(std::move(place)),
      limit_(limit),
      on_accept_(std::move(on_accept)),
      io_(new io{decltype(io::acceptor)(home_.context), asio::steady_timer(home_.context)}) {}

void listener::open() {
  try {
    if (place_.inherited >= 0)
      open_inherited();
    else if (place_.address.is_unix())
      open_unix();
    else
      open_tcp();
    io_->acceptor.non_blocking(true);
  } catch (const boost::system::system_error& e) {
    throw bind_error(place_.address, e.code().message());
  } catch (const std::runtime_error& e) {
    throw bind_error(place_.address, e.what());
  }
}

void listener::open_tcp() {
  using asio::ip::tcp;
  listen_address& at = place_.address;
  tcp::endpoint endpoint(at.host.empty() ? asio::ip::address_v6::any() : asio::ip::make_address(at.host), at.port);
  error_code error;
  io_->acceptor.open(endpoint.protocol(), error);
  if (error && at.host.empty()) {  // a machine without IPv6
    endpoint = tcp::endpoint(asio::ip::address_v4::any(), at.port);
    io_->acceptor.open(endpoint.protocol());
  } else if (error) {
    throw boost::system::system_error(error);
  }
  if (at.is_any_host() && endpoint.protocol() == tcp::v6()) io_->acceptor.set_option(asio::ip::v6_only(false));
  // For the sake of past connections in TIME_WAIT; it does not let a second listener in.
  io_->acceptor.set_option(asio::socket_base::reuse_address(true));
  io_->acceptor.bind(endpoint);
  io_->acceptor.listen();
  const auto bound = io_->acceptor.local_endpoint();
  tcp::endpoint local;
  local.resize(bound.size());
  std::copy_n(reinterpret_cast<const char*>(bound.data()), bound.size(), reinterpret_cast<char*>(local.data()));
  at.port = local.port();
}

void listener::open_unix() {
  io_->acceptor.open(asio::generic::stream_protocol(AF_UNIX, 0));
  file_ = std::make_unique<socket_file>(io_->acceptor.native_handle(), place_.address.path, place_.access);
  io_->acceptor.listen();
}

void listener::open_inherited() {
  sockaddr_storage bound{};
  socklen_t size = sizeof bound;
  if (::getsockname(place_.inherited, reinterpret_cast<sockaddr*>(&bound), &size) != 0)
    throw boost::system::system_error(error_code(errno, boost::system::system_category()));
  io_->acceptor.assign(asio::generic::stream_protocol(bound.ss_family, 0), place_.inherited);
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
    spdlog::error("accepting on {} failed: {}; trying again every {} ms", to_string(place_.address), error.message(),
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
  if (place_.giver_keeps) return close();
  admit_no_more(io_->acceptor.native_handle());
  while (!closed_ && has_queue(io_->acceptor.native_handle()) && limit_.try_take()) {
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
  file_.reset();
  error_code ignored;
  io_->acceptor.close(ignored);
}

}  // namespace sidecache::net
