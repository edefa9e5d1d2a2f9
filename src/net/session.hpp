// One client's connection: a coroutine on its worker that reads requests one after the other and has them answered.
//
// Theory of operation: a request's head is collected and parsed; the handler is asked first for what it can answer at
// once, which is written without leaving the coroutine, and otherwise handle() runs and answers through the exchange.
// Pipelined requests wait in the buffer. What the handler left of the body is read off within limits, or the connection
// closed. Every wait on the client has a deadline by the worker's sweep, and so has a request that could not be
// answered at once, as a whole: past it the handler is cancelled, and the client gets a 504 if it was sent nothing yet.
// Where a limit ends the connection, the observer is told which.
//
// Lifetime: the running coroutine owns the session; its host (one per server and worker) lists it for drain and abort
// and outlives it. All on the worker's thread.
#pragma once

#include <boost/asio/cancellation_signal.hpp>
#include <boost/intrusive/list.hpp>
#include <memory>

#include "net/client_counts.hpp"
#include "net/client_exchange.hpp"
#include "net/permits.hpp"
#include "proxy/observer.hpp"

namespace sidecache::net {

struct session_host;

class session : public boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
 public:
  /// Begins to serve on the host's thread, which must be the caller's. At its end it gives the permit back and no
  /// longer counts as a connection of the worker, which whoever hands it over has counted. `owner` is what the host
  /// belongs to: it lives until the permit is given back. `place` is the client's among those of its address. With
  /// `tls` the handshake comes first.
  static void start(std::shared_ptr<void> owner, session_host& host, connection::socket client,
                    client_counts::place place, server_tls* tls);

  session(std::shared_ptr<void> owner, session_host& host, connection::socket client, client_counts::place place,
          server_tls* tls);
  session(const session&) = delete;
  session& operator=(const session&) = delete;
  ~session();

 private:
  friend struct session_host;
  enum class reading : std::uint8_t { head_complete, ended, refused };

  static asio::awaitable<void> serve(std::shared_ptr<session> self);
  /// What has arrived already is a request to be answered, though it was not read yet.
  void close_if_idle();
  void abort();

  asio::awaitable<reading> read_head();
  reading refuse_with(http::refusal why);
  /// Parses the head and has it answered. False: the connection must end.
  asio::awaitable<bool> answer_request();
  asio::awaitable<void> run_handler();
  /// The answer where the handler gave none: the client's fault or a bug.
  asio::awaitable<void> answer_for_handler();
  asio::awaitable<void> refuse(http::refusal why);
  asio::awaitable<void> end();
  void request_begins();
  /// The request as a whole may take until limits.request_timeout from now on.
  void arm_request_deadline();
  void request_is_late();
  void report();

  std::shared_ptr<void> owner_;  // first: goes last
  std::optional<client_counts::place> place_;
  session_host& host_;
  connection client_;
  client_exchange exchange_;
  asio::cancellation_signal cancel_handler_;
  deadline_sweep::item request_deadline_;
  std::uint64_t requests_ = 0;
  std::size_t head_size_ = 0;
  mono_time head_complete_;
  std::uint64_t written_before_ = 0;  ///< by the connection, when the request began
  http::refusal refusal_;             ///< where read_head() says refused
  bool idle_ = true;                  ///< waiting for the first byte of a request
  bool aborted_ = false;
  bool late_ = false;            ///< the request at hand took longer than it may
  bool late_by_client_ = false;  ///< and it was the client that was waited for
  bool linger_ = false;          ///< the last answer is complete but may not have arrived
};

/// What the sessions of one server on one worker share.
struct session_host {
  worker& home;
  proxy::handler& handler;
  proxy::observer& observer;
  const session_limits& limits;
  permits& places;
  bool draining = false;        ///< whatever is answered from now on is the last answer of its connection
  bool last_call_over = false;  ///< and who is not asking anything by now is closed
  bool aborted = false;
  boost::intrusive::list<session, boost::intrusive::constant_time_size<false>> sessions = {};

  void drain() { draining = true; }
  void end_last_call();
  /// All end now; what their handlers wait for is cancelled.
  void abort();
};

}  // namespace sidecache::net
