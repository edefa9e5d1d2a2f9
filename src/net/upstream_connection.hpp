// One connection to a control plane, with or without TLS: bytes out, bytes in, and a deadline for each direction.
//
// Theory of operation: a deadline closes the socket by the worker's sweep, whatever operation is under way then ends,
// and failure() tells that it was the deadline. So there is no timer a read, and nothing to disarm on the fast path.
// What comes in is collected in one buffer that wipes itself: bodies hold keys. A connection that failed or that has
// answered in an unclear way is destroyed, never repaired.
// Threads: one worker's. The sweep outlives it; the gauge and the site are shared.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/smart_ptr/local_shared_ptr.hpp>
#include <cstddef>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "base/secret.hpp"
#include "net/deadline_sweep.hpp"
#include "net/upstream_site.hpp"
#include "proxy/observer.hpp"
#include "proxy/origin.hpp"

namespace sidecache::net {

/// Who counts connections; null once the upstream that they belong to is gone.
struct upstream_gauge {
  proxy::observer* observer = nullptr;
};

class upstream_connection {
 public:
  upstream_connection(asio::io_context& context, deadline_sweep& sweep, std::shared_ptr<const upstream_site> site,
                      std::shared_ptr<upstream_gauge> gauge);
  upstream_connection(const upstream_connection&) = delete;
  upstream_connection& operator=(const upstream_connection&) = delete;
  ~upstream_connection();

  asio::awaitable<boost::system::error_code> connect(asio::ip::tcp::endpoint endpoint);
  /// With https, after connect(). The failure, if any, is complete.
  asio::awaitable<std::expected<void, proxy::failure>> handshake();

  /// Writes what the kernel takes at once, and takes it off `bytes`. Nothing: some is left, which write() goes on with.
  [[nodiscard]] std::optional<boost::system::error_code> write_now(std::string_view& bytes);
  /// Writes all of them, which must stay valid until then.
  asio::awaitable<boost::system::error_code> write(std::span<const asio::const_buffer> buffers);
  /// Appends at least one byte to unread(), or says why not; `no_buffer_space` if that is full already.
  asio::awaitable<boost::system::error_code> read();
  /// The same without a coroutine: calls `told()` later, unless this is destroyed before, and then unread() and
  /// received() tell what came. An error is met again by the next read(). Not over TLS.
  ///
  /// Begins behind what is to be done already. An answer is never there right behind its request, and Asio would try;
  /// when many requests have come at once, it is there when the last of them is sent, and need not be waited for.
  template <class Handler>
  void read_then(Handler told) {
    asio::post(context_, [self = self_, told = std::move(told)]() mutable {
      if (*self != nullptr) (*self)->begin_reading(std::move(told));
    });
  }
  [[nodiscard]] std::string_view unread() const { return {buffer_.data() + begin_, end_ - begin_}; }
  void consume(std::size_t bytes) { begin_ += bytes; }

  /// When reading (or writing) is to be given up. A null time: never.
  void read_by(mono_time deadline) { arm(read_deadline_, deadline); }
  void write_by(mono_time deadline) { arm(write_deadline_, deadline); }
  void close();
  [[nodiscard]] bool timed_out() const { return timed_out_; }

  /// Requests on it are read by an egress proxy, whose own answers are none of the control plane's.
  [[nodiscard]] bool is_read_by_proxy() const { return site_->reading_proxy() != nullptr; }

  /// A request begins: what sent() and received() tell begins anew.
  void begin_request();
  [[nodiscard]] bool sent() const { return sent_ > 0; }
  [[nodiscard]] bool received() const { return received_ > 0; }

  /// True if the peer has neither closed it nor said anything: asked before a kept connection is used again.
  [[nodiscard]] bool is_quiet();
  /// Nobody uses it: it is closed after `timeout` and calls `expired`, which may destroy it.
  void rest(duration timeout, std::function<void()> expired);

  /// What an error of read() or write() means.
  [[nodiscard]] proxy::failure failure(const boost::system::error_code& error) const;

 private:
  template <class Handler>
  void begin_reading(Handler told) {
    make_room();
    const auto space = room();
    socket_.async_read_some(
        space, [self = self_, told = std::move(told)](const boost::system::error_code& error, std::size_t got) {
          if (*self == nullptr) return;
          (*self)->took(got, got != 0 && (*self)->room().size() == got);
          (*self)->ended_ = error;
          told();
        });
  }

  using bytes = std::vector<char, wiping_allocator<char>>;

  static void arm(deadline_sweep::item& item, mono_time deadline);
  void count_as(proxy::connection_state state);
  void expire();
  bool make_room();
  [[nodiscard]] asio::mutable_buffer room();
  void took(std::size_t size, bool all_there_was_room_for);

  std::shared_ptr<const upstream_site> site_;
  std::shared_ptr<upstream_gauge> gauge_;
  proxy::connection_state state_ = proxy::connection_state::connecting;
  asio::io_context& context_;
  asio::ip::tcp::socket socket_;
  std::unique_ptr<upstream_tls::stream> tls_;  // refers to socket_
  bytes buffer_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::size_t touched_ = 0;  // the buffer's first so many bytes were written to
  std::size_t sent_ = 0;
  std::size_t received_ = 0;
  bool filled_ = false;  // the last read left no room: more is waiting
  bool timed_out_ = false;
  bool established_ = false;
  boost::system::error_code ended_;  // by read_then(): Asio tells of the end of a stream once, and then waits for ever
  std::function<void()> expired_;
  boost::local_shared_ptr<upstream_connection*> self_;  // of this thread; null behind it once this is gone
  deadline_sweep::item read_deadline_;
  deadline_sweep::item write_deadline_;
};

}  // namespace sidecache::net
