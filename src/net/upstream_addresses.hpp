// The addresses of one control plane's name, resolved in the background and remembered.
//
// Theory of operation: a running resolve can't be cancelled, and there is one resolver thread a context. So a request
// never waits for a resolve if there is any earlier answer: it takes what is known and, if that is older than the
// interval, starts a resolve that a later request profits from. A failed one changes nothing: the last good answer
// stays. Only when nothing is known yet do requests wait, each until its own deadline. At most one resolve runs, and
// after a failure none is tried for a second.
// Threads: one worker's. Shared ownership, because a resolve may end after its upstream is gone.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/intrusive/list.hpp>
#include <expected>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "net/upstream_url.hpp"
#include "proxy/origin.hpp"

namespace sidecache::net {

namespace asio = boost::asio;

/// Asks for the addresses of a name. Passed in, so that tests decide what a name means and when.
class name_resolver {
 public:
  using endpoints = std::vector<asio::ip::tcp::endpoint>;
  using completion = std::function<void(boost::system::error_code, endpoints)>;

  virtual ~name_resolver() = default;
  /// Calls `done` once, later, on the context's thread; or never, if the resolver or its context ends before.
  virtual void resolve(const std::string& name, std::uint16_t port, completion done) = 0;
};

/// By getaddrinfo, on Asio's background thread.
[[nodiscard]] std::unique_ptr<name_resolver> make_system_resolver(asio::io_context& context);

class upstream_addresses : public std::enable_shared_from_this<upstream_addresses> {
 public:
  upstream_addresses(asio::io_context& context, const upstream_url& url, std::unique_ptr<name_resolver> resolver,
                     duration interval);
  upstream_addresses(const upstream_addresses&) = delete;
  upstream_addresses& operator=(const upstream_addresses&) = delete;

  /// Never empty. The failure is `connect`, or `timeout` if the deadline passed first.
  asio::awaitable<std::expected<name_resolver::endpoints, proxy::failure>> get(mono_time deadline);
  /// That one could be connected to: it is tried first from now on, so that a dead one costs its timeout only once.
  void worked(const asio::ip::tcp::endpoint& endpoint);
  /// None could be connected to: they may have moved, so the name is asked for again at the next use.
  void none_worked();

 private:
  struct waiter : boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
    explicit waiter(asio::io_context& context) : timer(context) {}
    asio::steady_timer timer;
  };

  void start_resolve_if_due();
  void finish_resolve(const boost::system::error_code& error, name_resolver::endpoints found);

  asio::io_context* context_;
  std::string name_;
  std::uint16_t port_;
  std::unique_ptr<name_resolver> resolver_;  // null: the host is an address
  duration interval_;
  name_resolver::endpoints known_;
  boost::system::error_code last_error_;
  mono_time due_{};  // no resolve before
  bool resolving_ = false;
  boost::intrusive::list<waiter, boost::intrusive::constant_time_size<false>> waiting_;
};

}  // namespace sidecache::net
