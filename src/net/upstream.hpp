// The control plane over sockets: proxy::origin by HTTP/1.1 on kept-alive connections, with or without TLS.
//
// Theory of operation: each request takes a place from a pool (one pool for lookups, one for everything else, so that
// long streams starve nobody), connects if the place has no live connection, writes the head, and reads the answer
// strictly. A connection goes back to its pool only after a message that ended where it said and left nothing over;
// in every other case, an exception or a destroyed coroutine included, ending the lease closes it.
// Retries: a GET or HEAD without a body, on a connection that had served before and ended before one byte of an answer,
// is sent once more on a fresh one: the server closed it while the request was on its way. Never anything else.
// What begin_fetch() and begin_relay() have sent is a request without its coroutine, as long as one read brings the
// whole answer; whatever else comes is read again by the coroutine of fetch() or relay(), from the head on.
// Connecting: all addresses of the name, by happy eyeballs (connect_race); the one that worked last comes first.
// An egress proxy: connections go to it, and only its name is resolved here. To an https control plane each is a tunnel
// (upstream_tunnel), in which TLS, SNI and the certificate's name are the control plane's as without a proxy; for http
// each request names the whole URL and carries the proxy's credentials.
// A client that breaks off its upload is nobody's failure upstream: the connection is closed at once, so that the
// control plane sees the request end, and the observer is not told of an attempt.
// Threads: one upstream a worker, all its coroutines run on that worker's context. Sweep, observer and context outlive
// it; it outlives the coroutines that run (frames that are only destroyed with their context may come later).
#pragma once

#include <boost/asio/io_context.hpp>
#include <memory>

#include "net/buffer_budget.hpp"
#include "net/deadline_sweep.hpp"
#include "net/upstream_addresses.hpp"
#include "net/upstream_pool.hpp"
#include "net/upstream_response.hpp"
#include "net/upstream_site.hpp"
#include "proxy/observer.hpp"
#include "proxy/origin.hpp"

namespace sidecache::net {

class upstream final : public proxy::origin {
 public:
  /// `resolver`: the system's, if null. `budget`: what bodies being collected are counted in; it outlives this.
  upstream(asio::io_context& context, std::shared_ptr<const upstream_site> site, deadline_sweep& sweep,
           proxy::observer& observer, std::unique_ptr<name_resolver> resolver = nullptr,
           buffer_budget::share* budget = nullptr);
  upstream(const upstream&) = delete;
  upstream& operator=(const upstream&) = delete;
  ~upstream() override;

  asio::awaitable<std::expected<proxy::upstream_answer, proxy::failure>> fetch(proxy::upstream_request request,
                                                                               std::uint64_t max_body_bytes) override;
  asio::awaitable<std::expected<void, proxy::failure>> relay(proxy::upstream_request request, proxy::body_source& body,
                                                             proxy::answer_sink& sink) override;
  /// Both on a kept connection without TLS whose kernel takes the whole head at once.
  std::unique_ptr<proxy::begun_fetch> begin_fetch(const proxy::ready_request& request, std::uint64_t max_body_bytes,
                                                  const std::shared_ptr<proxy::answer_waiter>& told) override;
  std::unique_ptr<proxy::begun_relay> begin_relay(const proxy::ready_request& request,
                                                  const std::shared_ptr<proxy::answer_waiter>& told) override;

  [[nodiscard]] const upstream_pool& lookups() const { return *lookups_; }
  [[nodiscard]] const upstream_pool& relays() const { return *relays_; }

 private:
  class attempt;
  struct sent_request;
  class sent_fetch;
  class sent_relay;
  using fetched = std::expected<proxy::upstream_answer, proxy::failure>;
  using ended = std::expected<void, proxy::failure>;

  /// No memory is left for what would come.
  [[nodiscard]] bool is_full() const { return budget_ != nullptr && budget_->all_spent(); }
  /// Puts a connection into the lease.
  asio::awaitable<ended> connect(upstream_pool::lease& place, mono_time deadline);
  /// The tunnel and the handshake, where the site needs them, each within the connect timeout.
  asio::awaitable<ended> prepare(upstream_connection& connection, mono_time deadline);
  [[nodiscard]] mono_time step_deadline(mono_time deadline) const;
  [[nodiscard]] mono_time fetch_deadline(mono_time asked_for, mono_time begun) const;
  /// Nothing: it takes a wait, and nothing was asked.
  [[nodiscard]] std::optional<sent_request> send_ready(upstream_pool& places, const proxy::ready_request& request);
  /// `begun`: what was sent already; its connection's next attempts are new ones. That goes for both.
  asio::awaitable<fetched> fetch_from(proxy::upstream_request request, std::uint64_t max_body_bytes,
                                      sent_request* begun);
  asio::awaitable<ended> relay_from(proxy::upstream_request request, proxy::body_source& body, proxy::answer_sink& sink,
                                    sent_request* begun);
  /// A whole answer on a connection that is there, of a request whose `unsent` part is to be sent first.
  asio::awaitable<fetched> ask(upstream_connection& connection, upstream_response& response, std::string_view unsent,
                               std::uint64_t max_body_bytes);

  asio::io_context& context_;
  std::shared_ptr<const upstream_site> site_;
  deadline_sweep& sweep_;
  proxy::observer& observer_;
  buffer_budget::share* budget_;
  std::shared_ptr<upstream_gauge> gauge_;
  std::shared_ptr<upstream_addresses> addresses_;
  std::shared_ptr<upstream_pool> lookups_;
  std::shared_ptr<upstream_pool> relays_;
};

}  // namespace sidecache::net
