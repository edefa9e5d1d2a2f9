// One request on a client's connection, and the ways to answer it. net implements it over sockets, tests in memory.
//
// Lifetime: the session owns the exchange; a handler may use it until its handle() returns. Everything happens on the
// session's thread. Exactly one answer is given: by answer_now()'s return value, by send(), or by sink().
#pragma once

#include <array>
#include <boost/asio/awaitable.hpp>
#include <boost/system/error_code.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/outcome.hpp"
#include "http/message.hpp"
#include "http/route.hpp"
#include "http/trace_context.hpp"
#include "proxy/origin.hpp"

namespace sidecache::proxy {

/// What is told of a request when it is over: labels of its metrics, fields of its access line.
struct report {
  sidecache::outcome outcome = outcome::pass;
  http::route route = http::route::other;
  duration stale_age{};  ///< of an answer that was served stale: since the control plane gave it; else 0
};

/// Text of bounded length, on the stack: the few fields of a stored answer that differ from hit to hit.
class small_text {
 public:
  void append(std::string_view text) {
    if (text.size() <= bytes_.size() - size_) [[likely]] {  // of a literal nothing is left of it but its stores
      std::copy_n(text.data(), text.size(), bytes_.data() + size_);
      size_ += text.size();
    } else {
      append(text.substr(0, bytes_.size() - size_));
    }
  }
  void append(std::int64_t number);
  [[nodiscard]] std::string_view view() const { return {bytes_.data(), size_}; }

 private:
  std::array<char, 192> bytes_;  // not cleared: a hit should not pay for it
  std::size_t size_ = 0;
};

/// A complete answer whose bytes exist already. They are written as they are: head, fields, extra, [Connection: close],
/// Content-Length, blank line, body.
struct answer {
  std::shared_ptr<const void> owner;  ///< keeps head and body alive until they are written
  unsigned status = 200;
  std::string_view head;    ///< status line and fields, each ended by CRLF
  std::string_view fields;  ///< more of them, where head is the status line alone
  small_text extra;         ///< further fields, each ended by CRLF
  std::string_view body;    ///< left out for HEAD, and with a status that has none
  bool close = false;       ///< end the connection after this answer
  bool dated = false;       ///< head is known to have a Date; else it is searched for one
  proxy::report report;
};

/// What a handler has found out about a header block (http::head_block), so that it need not look at the next request
/// that has the same one: who asks, and what else its answers depend on besides the target. Immutable; of one handler.
class known_block {
 public:
  known_block() = default;
  known_block(const known_block&) = delete;
  known_block& operator=(const known_block&) = delete;
  virtual ~known_block() = default;
};

class exchange {
 public:
  virtual ~exchange() = default;
  [[nodiscard]] virtual const http::request_head& request() const = 0;
  /// What the handler's recognise() has made of the request's header block; null: nothing, or it was not asked.
  [[nodiscard]] virtual const known_block* known() const { return nullptr; }
  /// Of who sent it: an IP address, or "" where there is none (a Unix socket).
  [[nodiscard]] virtual std::string client_address() const { return {}; }
  /// The request's body. Reading it sends 100 (Continue) first where the client waits for that.
  virtual body_source& body() = 0;
  virtual asio::awaitable<boost::system::error_code> send(answer what) = 0;
  /// For a streamed answer. The session frames it: by the head's length if it has one, else chunked, else (HTTP/1.0) by
  /// closing. It drops hop-by-hop fields from the head. Not finishing closes the connection, so that the client can
  /// tell.
  virtual answer_sink& sink() = 0;
  /// The connection is to be closed without an answer, or without the rest of it, once the handler has returned: for a
  /// mock that breaks off.
  virtual void abort() = 0;
  /// True once an answer was begun.
  [[nodiscard]] virtual bool answered() const = 0;
  [[nodiscard]] virtual proxy::report& report() = 0;
  /// The request, or the fetch that it set off, went upstream with these ids: for its access line.
  virtual void went_upstream_as(const http::made_ids& /*ids*/) {}
};

/// A request that was passed on, or a flight that was boarded for it, without a coroutine, and whose answer is waited
/// for. Ending it gives it up; a fetch goes on for others.
class begun_pass {
 public:
  begun_pass() = default;
  begun_pass(const begun_pass&) = delete;
  begun_pass& operator=(const begun_pass&) = delete;
  virtual ~begun_pass() = default;
  /// The answer as it goes to the client, if it has come whole: see begun_relay::take(). What a sink's start_with()
  /// would be given is in `head` but for the length. Once, after answer_waiter::answer_came().
  virtual std::optional<whole_answer> take(std::string& head) = 0;
  /// It took longer than a request may: see begun_relay::give_up().
  virtual void give_up() = 0;
  /// Where take() said no, in place of handle(): what is left to be done. This lives until it returns.
  virtual asio::awaitable<void> go_on(exchange& client) = 0;
  [[nodiscard]] virtual proxy::report report() const = 0;
  /// What it went upstream as.
  [[nodiscard]] virtual const http::made_ids& made() const = 0;
};

/// Something that answers requests: the proxy, the mock control plane, the admin pages.
class handler {
 public:
  virtual ~handler() = default;
  /// What to keep of this GET's header block, whatever the values of its gaps are. Null: its like must be looked at one
  /// by one.
  virtual std::shared_ptr<const known_block> recognise(const http::request_head& /*request*/) { return nullptr; }
  /// The quickest way, tried before any other: a GET of `target` with a block that recognise() has made `by` of, where
  /// that can be answered from memory without anything else to be done. `at`: what the steady clock says. False:
  /// answer_now(), and `out` is unspecified.
  virtual bool answer_known(std::string_view /*target*/, const known_block& /*by*/, std::string_view /*if_none_match*/,
                            mono_time /*at*/, answer& /*out*/) {
    return false;
  }
  /// After answer_known() said no: passes the same request on, or waits for a fetch of what it asks for, where that
  /// takes no more than to wait for an answer, and tells `told` of that. `block` is the request's own header block.
  /// Null: answer_now().
  virtual std::unique_ptr<begun_pass> pass_known(std::string_view /*target*/, std::string_view /*block*/,
                                                 const known_block& /*by*/,
                                                 const std::shared_ptr<answer_waiter>& /*told*/) {
    return nullptr;
  }
  /// What can be answered without waiting for anything: asked first, on the session's thread. `nullopt`: use handle().
  /// `by` is what exchange::known() will be.
  virtual std::optional<answer> answer_now(const http::request_head& request, const known_block* by) = 0;
  virtual asio::awaitable<void> handle(exchange& client) = 0;
};

/// A small complete answer made on the spot. `fields` are further header lines, each ended by CRLF.
[[nodiscard]] answer make_answer(unsigned status, std::string_view content_type, std::string body,
                                 std::string_view fields = {});

/// An error of sidecache's own making, in the control plane's shape:
/// {"status_code":…,"error":{"message":…,"code":…,"type":"sidecache_error"},"success":false}.
/// On writes it carries x-portkey-gateway-exception: true, so that SDKs do not replay them.
[[nodiscard]] answer make_error(unsigned status, std::string_view code, std::string_view message, http::method method);

/// The same for a gateway, which looks for the message in the data plane's envelope: {"success":false,"data":{…}}.
[[nodiscard]] answer make_enveloped_error(unsigned status, std::string_view code, std::string_view message,
                                          http::method method);

}  // namespace sidecache::proxy
