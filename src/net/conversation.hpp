// The requests of a connection that take more than a known header block: a coroutine that reads them one after the
// other and has them answered, until the connection is silent or over.
//
// Theory of operation: a request's head is collected and parsed, or read by its block where that is known; the handler
// is asked first for what it can answer at once, which is written without leaving the coroutine, and otherwise handle()
// runs and answers through the exchange. Pipelined requests wait in the buffer. What the handler left of the body is
// read off within limits, or the connection closed. Every wait on the client has a deadline by the worker's sweep, and
// so has a request that could not be answered at once, as a whole: past it the handler is cancelled, and the client
// gets a 504 if it was sent nothing yet. Where a limit ends the connection, the observer is told which.
//
// Belongs to a session, which keeps connection and host alive while it runs.
#pragma once

#include <boost/asio/cancellation_signal.hpp>
#include <optional>
#include <string>

#include "net/client_exchange.hpp"
#include "net/session_host.hpp"

namespace sidecache::net {

/// What a connection remembers of its requests.
struct asked_so_far {
  std::uint64_t requests = 0;
  std::shared_ptr<const known_head> known;  ///< of the last one; null: it can't be recognised

  [[nodiscard]] bool next_is_last(const session_limits& limits) const {
    return limits.requests_per_connection != 0 && requests + 1 >= limits.requests_per_connection;
  }
};

class conversation {
 public:
  /// With a client that has not shaken hands yet, that comes first.
  conversation(session_host& host, connection& client, asked_so_far& asked);
  conversation(const conversation&) = delete;
  conversation& operator=(const conversation&) = delete;
  ~conversation() = default;

  /// An answer that was begun on the hot path and could not be written at once. Its request is still in the buffer.
  struct begun_answer {
    proxy::answer what;
    std::string unsent_head;
    std::string_view unsent_body;
    mono_time began;
    std::uint64_t written_before;
    http::made_ids made = {};
  };
  void finish(begun_answer first) { begun_ = std::move(first); }
  /// A request that was passed on from the hot path, and whose answer takes more. It is still in the buffer too.
  struct begun_request {
    std::unique_ptr<proxy::begun_pass> pass;
    mono_time began;
    bool late = false;  ///< it took longer than a request may, and was given up
  };
  void go_on(begun_request first) { passing_ = std::move(first); }

  /// True: the connection is silent, and may be asked more. False: it is over, and was closed.
  asio::awaitable<bool> run();
  void abort();

 private:
  enum class reading : std::uint8_t { head_complete, ended, refused };

  /// Looks at what was read. Nothing: there is no whole head yet.
  std::optional<reading> find_head();
  asio::awaitable<reading> wait_for_head();
  reading refuse_with(http::refusal why);
  /// Parses the head and has it answered. False: the connection must end.
  asio::awaitable<bool> answer_request();
  asio::awaitable<void> run_handler();
  asio::awaitable<void> go_on_passing();
  /// The answer where the handler gave none: the client's fault or a bug.
  asio::awaitable<void> answer_for_handler();
  asio::awaitable<void> refuse(http::refusal why);
  asio::awaitable<void> end();
  /// The head is read as the last one was, if it has the same block.
  bool read_known(std::string_view head);
  /// True: the next one may be.
  bool recognise(std::string_view head);
  void request_begins();
  /// The request as a whole may take until limits.request_timeout from now on.
  void arm_request_deadline();
  void request_is_late();
  void report();

  session_host& host_;
  connection& client_;
  asked_so_far& asked_;
  client_exchange exchange_;
  asio::cancellation_signal cancel_handler_;
  deadline_sweep::item request_deadline_;
  std::optional<begun_answer> begun_;
  std::optional<begun_request> passing_;
  std::size_t searched_ = 0;  ///< of the input, for the end of the head
  std::size_t head_size_ = 0;
  mono_time head_complete_;
  std::uint64_t written_before_ = 0;  ///< by the connection, when the request began
  http::refusal refusal_;             ///< where reading is refused
  bool aborted_ = false;
  bool late_ = false;            ///< the request at hand took longer than it may
  bool late_by_client_ = false;  ///< and it was the client that was waited for
  bool linger_ = false;          ///< the last answer is complete but may not have arrived
};

}  // namespace sidecache::net
