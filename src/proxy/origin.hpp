// The control plane, as an interface. net implements it over sockets, tests and the simulation by a script.
//
// Two ways to ask it. fetch() is for lookups: the whole answer in memory, bounded, or a named failure; it may be
// retried and shared. relay() is for everything else: one request streamed there and its answer streamed back, once. An
// origin belongs to one thread; its coroutines run there. begin_fetch() and begin_relay() are the two without a
// coroutine, for what most lookups and pass-throughs are: a GET on a kept connection, whose answer comes whole.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/digest.hpp"
#include "http/head_rules.hpp"
#include "http/message.hpp"
#include "http/route.hpp"

namespace sidecache::proxy {

namespace asio = boost::asio;

/// Why no complete answer came. The names are the `code` label of sidecache_upstream_requests_total.
enum class failure_kind : std::uint8_t {
  timeout,     ///< no complete answer within the deadline
  connect,     ///< no address, refused, unreachable
  reset,       ///< the connection broke, or ended before the message did
  tls,         ///< handshake, certificate or host name
  proxy,       ///< the egress proxy could not be reached, or would not let us through
  protocol,    ///< what came is not HTTP/1.1, or not unambiguous, or over a limit for heads
  too_large,   ///< fetch() only: complete so far, but the body is over the limit given
  overloaded,  ///< not asked, to protect this process: the line for a connection, or the memory for answers, is full
  avoided,     ///< not asked, because it has failed too often of late (a breaker is open), or a drill plays that
};
[[nodiscard]] std::string_view to_string(failure_kind kind);

struct failure {
  failure_kind kind = failure_kind::connect;
  bool sent = false;       ///< some of the request may have reached the control plane
  std::string detail;      ///< for the log: no header values, no bodies
  duration retry_after{};  ///< avoided, overloaded: when asking again may help; 0: not known
  /// relay() only: the client's doing, whose body broke off or was malformed, or who takes no more of the answer.
  bool by_client = false;
};

/// Who waits for it, if anybody: what comes first is shed first when the control plane can't keep up.
enum class urgency : std::uint8_t {
  prefetch,    ///< nobody: an entry that is fresh is fetched anew before its end
  refresh,     ///< nobody: an entry past its end is served meanwhile
  stale_held,  ///< a client, who could be given a stale entry instead
  miss,        ///< a client, who could be given nothing else
};
constexpr std::size_t urgency_count = 4;
/// The `urgency` label of sidecache_upstream_shed_total.
[[nodiscard]] std::string_view to_string(urgency how);

/// What goes upstream: fields are final but for Host and the framing fields, which the origin adds.
struct upstream_request {
  http::method method = http::method::get;
  std::string method_name = "GET";
  std::string target;  ///< appended to the path of the upstream's URL as it stands
  http::fields fields;
  http::framing body = http::framing::none;  ///< relay() only: none, length or chunked
  std::uint64_t content_length = 0;
  http::route route = http::route::other;  ///< label of its metrics
  proxy::urgency urgency = urgency::miss;
  /// fetch(): sent once at most, on a connection of its own, whatever state a breaker is in, without a line to wait in:
  /// what is asked for is handed out once.
  bool once = false;
  digest128 credential{};  ///< fetch(): whose it is, so that one can't take the places of all
  /// fetch(): of everything together: waiting, connecting, retries and hedges. The origin has a limit of its own
  /// besides.
  mono_time deadline = mono_time::max();
};

struct upstream_answer {
  http::response_head head;  ///< hop-by-hop fields are still there
  std::string body;
};

/// Where a message's body comes from, piece by piece.
class body_source {
 public:
  virtual ~body_source() = default;
  /// The next piece, valid until the next call; empty at the end. An error means that the rest will not come.
  virtual asio::awaitable<std::expected<std::string_view, boost::system::error_code>> next() = 0;
  /// The trailer section, once next() has told the end; null if there is none.
  [[nodiscard]] virtual const http::fields* trailers() const { return nullptr; }
};

/// Where the answer to a relayed request goes. The calls come in this order: start once, write any number of times,
/// finish once; and none after one of them returned an error (the receiver is gone: stop reading from upstream).
class answer_sink {
 public:
  virtual ~answer_sink() = default;
  virtual asio::awaitable<boost::system::error_code> start(http::response_head& head) = 0;
  /// start(), and write() of what has come of the body with the head, if anything has: a system call less.
  virtual asio::awaitable<boost::system::error_code> start_with(http::response_head& head, std::string_view piece);
  virtual asio::awaitable<boost::system::error_code> write(std::string_view piece) = 0;
  virtual asio::awaitable<boost::system::error_code> finish(const http::fields& trailers) = 0;
};

/// What goes upstream where its lines are known already: a GET without a body.
struct ready_request {
  std::string_view target;  ///< as upstream_request's; nothing in it but visible ASCII
  std::string_view lines;   ///< its fields, each ended by CRLF, final but for Host, which the origin adds
  http::route route = http::route::other;
  bool accepts_gzip = false;              ///< begin_relay(): see upstream_request's Accept-Encoding
  mono_time deadline = mono_time::max();  ///< begin_fetch(): as upstream_request's
};

/// Who began a fetch or a relay, and waits without a coroutine.
class answer_waiter {
 public:
  virtual ~answer_waiter() = default;
  /// Something has come of it. Once.
  virtual void answer_came() = 0;

 protected:
  answer_waiter() = default;
  answer_waiter(const answer_waiter&) = default;
  answer_waiter& operator=(const answer_waiter&) = default;
};

/// What a relay that has begun came to.
struct whole_answer {
  http::passed_head head;
  std::string_view body;  ///< valid as long as what it was taken of lives
};

/// A relay that has begun: its request is sent, and nothing is to be done until something comes of it. Ending it before
/// gives it up, and closes its connection.
class begun_relay {
 public:
  begun_relay() = default;
  begun_relay(const begun_relay&) = delete;
  begun_relay& operator=(const begun_relay&) = delete;
  virtual ~begun_relay() = default;
  /// The answer, if it has come whole and can go on as it is: then the relay is over. Its status line and fields are
  /// appended to `head`, in part where it is nothing. Once, after answer_came().
  virtual std::optional<whole_answer> take(std::string& head) = 0;
  /// In place of either, once: nobody waits for it any longer, because it took too long. That is the control plane's
  /// failure, as a relay() is that is cancelled.
  virtual void give_up() = 0;
  /// Where take() said no: from here on as origin::relay() of the same request, this attempt being its first.
  virtual asio::awaitable<std::expected<void, failure>> go_on(upstream_request request, body_source& body,
                                                              answer_sink& sink) = 0;
};

/// The same of a fetch. Ending it gives it up, and is nobody's failure.
class begun_fetch {
 public:
  begun_fetch() = default;
  begun_fetch(const begun_fetch&) = delete;
  begun_fetch& operator=(const begun_fetch&) = delete;
  virtual ~begun_fetch() = default;
  /// What fetch() would return, if it has come whole and nothing else is to be done about it: then the fetch is over.
  /// Once, after answer_came().
  virtual std::optional<upstream_answer> take() = 0;
  /// Where take() said no: from here on as origin::fetch() of the same request, this attempt being its first.
  virtual asio::awaitable<std::expected<upstream_answer, failure>> go_on(upstream_request request) = 0;
};

class origin {
 public:
  virtual ~origin() = default;

  /// Asks and reads the whole answer. GET and HEAD without a body only. Never throws but for bugs; never takes longer
  /// than the upstream's request timeout. A GET on a kept-alive connection that had died unanswered is sent once more.
  virtual asio::awaitable<std::expected<upstream_answer, failure>> fetch(upstream_request request,
                                                                         std::uint64_t max_body_bytes) = 0;

  /// Streams. Returns when the answer was handed on completely or with the reason why not; `sink.start` may or may not
  /// have been called by then. `body` and `sink` must outlive the call. Never sent twice, but for a GET or HEAD on a
  /// kept-alive connection that had died unanswered.
  virtual asio::awaitable<std::expected<void, failure>> relay(upstream_request request, body_source& body,
                                                              answer_sink& sink) = 0;

  /// The first half of fetch() of what is urgency::miss, where that is possible without waiting. Tells `told` later,
  /// never from within. Null: nothing was asked, and fetch() can do it.
  virtual std::unique_ptr<begun_fetch> begin_fetch(const ready_request& /*request*/, std::uint64_t /*max_body_bytes*/,
                                                   const std::shared_ptr<answer_waiter>& /*told*/) {
    return nullptr;
  }
  /// The same of relay().
  virtual std::unique_ptr<begun_relay> begin_relay(const ready_request& /*request*/,
                                                   const std::shared_ptr<answer_waiter>& /*told*/) {
    return nullptr;
  }
};

}  // namespace sidecache::proxy
