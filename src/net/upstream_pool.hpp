// Places for connections to one control plane: how many there may be, which are kept alive, who waits for one.
//
// Theory of operation: whoever wants to ask holds a lease, that is one of `max_connections` places, with a kept
// connection in it or none yet (the holder connects). All are kept: a limit below the number of places would close and
// open connections all the time under a load that needs them. Kept ones are handed out newest first, so that in quiet
// times the others reach their idle timeout. No place free: wait in line, first come first served, up to one's own
// deadline. A lease that ends passes its place (and its connection, if it was given back) to the first in line; there
// is no other way to get past the line, and no way to forget a place. A kept connection is looked at before it is
// handed out: one that the peer closed meanwhile is dropped. Threads: one worker's. Leases keep the pool alive; after
// shut_down() nothing is kept any more.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/intrusive/list.hpp>
#include <cstddef>
#include <expected>
#include <memory>
#include <optional>
#include <vector>

#include "base/clock.hpp"
#include "net/upstream_connection.hpp"
#include "proxy/origin.hpp"

namespace sidecache::net {

class upstream_pool : public std::enable_shared_from_this<upstream_pool> {
 public:
  struct limits {
    std::size_t max_connections;
    std::size_t max_pending;
    duration idle_timeout;
  };

  /// One place. Ending it closes the connection in it, unless keep() was called.
  class lease {
   public:
    lease(std::shared_ptr<upstream_pool> pool, std::unique_ptr<upstream_connection> kept)
        : pool_(std::move(pool)), connection_(std::move(kept)), reused_(connection_ != nullptr) {}
    lease(lease&&) noexcept = default;
    lease& operator=(lease&&) = delete;
    lease(const lease&) = delete;
    lease& operator=(const lease&) = delete;
    ~lease() {
      if (pool_) pool_->take_back(nullptr);
    }

    /// Null if it is the holder's to connect.
    [[nodiscard]] upstream_connection* connection() const { return connection_.get(); }
    /// The connection has served another request before.
    [[nodiscard]] bool reused() const { return reused_; }
    /// A new connection in this place; the old one, if any, is closed.
    void put(std::unique_ptr<upstream_connection> fresh) {
      connection_ = std::move(fresh);
      reused_ = false;
    }
    void drop_connection() { put(nullptr); }
    /// Ends the lease: the connection is fit for the next request.
    void keep() && { std::exchange(pool_, nullptr)->take_back(std::move(connection_)); }

   private:
    std::shared_ptr<upstream_pool> pool_;  // null once moved from or ended
    std::unique_ptr<upstream_connection> connection_;
    bool reused_;
  };

  upstream_pool(asio::io_context& context, limits limits) : context_(&context), limits_(limits) {}
  upstream_pool(const upstream_pool&) = delete;
  upstream_pool& operator=(const upstream_pool&) = delete;

  /// A place that is free now.
  [[nodiscard]] std::optional<lease> try_acquire();
  /// try_acquire(), or a wait. The failure is `overloaded` (the line is full) or `timeout` (the deadline passed in it).
  asio::awaitable<std::expected<lease, proxy::failure>> acquire(mono_time deadline);
  void shut_down();

  [[nodiscard]] std::size_t idle() const { return idle_.size(); }
  [[nodiscard]] std::size_t waiting() const { return waiting_.size(); }

 private:
  using hook = boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;
  struct waiter : hook {
    explicit waiter(asio::io_context& context) : timer(context) {}
    asio::steady_timer timer;
    std::optional<lease> granted;
  };

  [[nodiscard]] std::unique_ptr<upstream_connection> take_idle();
  void take_back(std::unique_ptr<upstream_connection> kept);
  void drop_idle(const upstream_connection* expired);

  asio::io_context* context_;
  limits limits_;
  std::size_t leases_ = 0;
  bool shut_down_ = false;
  std::vector<std::unique_ptr<upstream_connection>> idle_;  // the newest at the back
  boost::intrusive::list<waiter, boost::intrusive::constant_time_size<false>> waiting_;
};

}  // namespace sidecache::net
