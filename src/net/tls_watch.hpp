// Looks every few seconds whether the files behind a server_tls have changed: one timer for all connections.
//
// Belongs to one thread's io_context, which runs it; destroyed when that thread has ended, or on it. The files are read
// there, which takes a few milliseconds when they have changed: not on a thread that answers lookups.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>

#include "net/server_tls.hpp"

namespace sidecache::net {

class tls_watch {
 public:
  tls_watch(server_tls& what, boost::asio::io_context& context) : what_(what), timer_(context) { wait(); }
  tls_watch(const tls_watch&) = delete;
  tls_watch& operator=(const tls_watch&) = delete;
  ~tls_watch() = default;

 private:
  static constexpr auto every = std::chrono::seconds(2);

  void wait() {
    timer_.expires_after(every);
    timer_.async_wait([this](const boost::system::error_code& gone) {
      if (gone) return;
      what_.check();
      wait();
    });
  }

  server_tls& what_;
  boost::asio::steady_timer timer_;
};

}  // namespace sidecache::net
