// One listening address and the loop that accepts from it.
//
// Theory of operation: the acceptor lives on one worker and hands each connection to the least loaded one. It takes a
// permit before it accepts; with none left it stops until resume(). An error of accept (no descriptors left, a client
// gone before it was accepted) is counted and, unless it is the client's own, followed by a pause: it neither ends the
// loop nor makes it spin. No SO_REUSEPORT: a second process on the same address is an error. A socket that was
// inherited is listening already, and whoever handed it down keeps it.
//
// Threads: open() before the pool starts or from any thread, once; everything after on the acceptor's worker.
#pragma once

#include <atomic>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>

#include "net/listen_place.hpp"
#include "net/permits.hpp"
#include "net/socket_file.hpp"
#include "net/worker_pool.hpp"

namespace sidecache::net {

class listener {
 public:
  using socket = asio::generic::stream_protocol::socket;
  /// Gets the connection and its permit, on the acceptor's worker.
  using accepted = std::function<void(socket, worker&)>;

  listener(worker_pool& pool, listen_place place, permits& limit, accepted on_accept);
  ~listener() = default;
  listener(const listener&) = delete;
  listener& operator=(const listener&) = delete;

  /// Binds and listens. Throws bind_error.
  void open();
  /// Accepts if it does not already and a permit is left.
  void resume();
  /// Accepts whoever the kernel has completed a handshake with already, as far as there are permits: closing the socket
  /// would reset them. Then close(). Of a socket that somebody else keeps nobody is taken.
  void drain();
  /// What is queued goes on waiting if another process holds the socket too, and is reset if none does.
  void close();
  /// The socket itself is the caller's from now on, instead of all of the above: for whoever hands it to another
  /// process. Its file, if it has one, stays this object's.
  [[nodiscard]] int release_socket() { return io_->acceptor.release(); }
  /// After close(), once its last handler has run: frees what belongs to the worker's context.
  void release() { io_.reset(); }

  /// With the port that was bound, once it is open.
  [[nodiscard]] const listen_address& address() const { return place_.address; }
  [[nodiscard]] worker& home() { return home_; }
  [[nodiscard]] std::uint64_t errors() const { return errors_; }
  [[nodiscard]] std::uint64_t pauses_at_limit() const { return pauses_; }

 private:
  void open_tcp();
  void open_unix();
  void open_inherited();
  void accepted_one(const boost::system::error_code& error, socket client, worker& target);
  void pause_after(const boost::system::error_code& error);

  worker_pool& pool_;
  worker& home_;
  listen_place place_;
  permits& limit_;
  accepted on_accept_;
  struct io {
    asio::basic_socket_acceptor<asio::generic::stream_protocol> acceptor;
    asio::steady_timer pause;
  };
  std::unique_ptr<io> io_;
  bool accepting_ = false;  ///< an accept or a pause is under way
  bool closed_ = false;
  std::atomic<std::uint64_t> errors_ = 0;
  std::atomic<std::uint64_t> pauses_ = 0;
  std::unique_ptr<socket_file> file_;  ///< of a Unix socket that open() made; goes before the acceptor
};

}  // namespace sidecache::net
