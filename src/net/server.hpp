// A set of listening addresses and the sessions behind them, on a pool of workers that other servers may share.
//
// Lifetime: pool, handlers and observers outlive the server. The destructor drains with no grace and waits for the last
// session, from whatever thread that is no worker; the pool may be running or stopped then.
//
// The end: drain() serves who is queued for being accepted and accepts no more; from then on every answer says
// `Connection: close` and ends its connection. Who asks nothing during the last call (session_limits) is closed, and
// after `grace` whatever is left, and what its handlers wait for is cancelled.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "net/listen_place.hpp"
#include "net/session_limits.hpp"
#include "net/worker_pool.hpp"
#include "proxy/exchange.hpp"
#include "proxy/observer.hpp"

namespace sidecache::net {

class server {
 public:
  using handler_of = std::function<proxy::handler&(std::size_t worker)>;
  using observer_of = std::function<proxy::observer&(std::size_t worker)>;

  server(worker_pool& pool, std::vector<listen_place> places, const handler_of& handlers, const observer_of& observers,
         session_limits limits = {});
  server(const server&) = delete;
  server& operator=(const server&) = delete;
  ~server();

  /// Binds all addresses, then begins to accept. Throws bind_error, and is good for nothing but destruction then.
  void open();
  /// Where it listens, with the ports that were bound where 0 was asked for.
  [[nodiscard]] std::vector<listen_address> addresses() const;
  /// Of the i-th address.
  [[nodiscard]] std::uint16_t port(std::size_t i = 0) const;

  /// What becomes of connections that wait to be accepted when the server drains: another process may hold the same
  /// listening sockets, and serves them.
  enum class queued : std::uint8_t { served_here, left_to_another };
  /// From any thread. Called again it can only shorten the grace. `done` is called on a worker once the last session
  /// has ended.
  void drain(duration grace, std::function<void()> done, queued waiting = queued::served_here);

  /// Connections now, with one that each listener holds in reserve.
  [[nodiscard]] std::size_t connections() const;
  /// How often accepting stopped at the limit, and how often it failed.
  [[nodiscard]] std::uint64_t pauses_at_limit() const;
  [[nodiscard]] std::uint64_t accept_errors() const;
  /// How many connections were closed at once because their client's address had as many as it may.
  [[nodiscard]] std::uint64_t refused_for_client() const;

 private:
  class core;
  worker_pool& pool_;
  std::shared_ptr<core> core_;  // shared with what is posted to workers, some of which may run after the last session
};

}  // namespace sidecache::net
