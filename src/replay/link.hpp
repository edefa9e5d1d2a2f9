// One connection of a replay: takes a request, reads its answer, says what came of it, and can be used again.
//
// Theory of operation: callbacks, one request at a time, no timer of its own: a deadline closes the socket by the
// thread's sweep, and whatever was under way ends. It connects when it is first used, and again after it was lost;
// after a second failure in a row it rests before it is free again, 50 ms and then twice as long each time, up to a
// second, so that a target that is down is not hammered. A kept connection that was idle for 10 ms is looked at before
// it is used: targets close those, and a request written into that would be lost through no fault of theirs.
//
// Threads: the owner's. The owner, the sweep, the target and the context outlive it. What it calls may use it again at
// once; it is never destroyed from there.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "http/body_decoder.hpp"
#include "http/message.hpp"
#include "net/deadline_sweep.hpp"
#include "replay/tally.hpp"
#include "replay/target.hpp"

namespace sidecache::replay {

/// What came of a request.
struct answer {
  std::optional<failure> failed;
  unsigned status = 0;
  cache_outcome outcome = cache_outcome::none;
  std::uint64_t body_bytes = 0;
};

class link {
 public:
  /// Who hears of it.
  class owner {
   public:
    owner() = default;
    owner(const owner&) = delete;
    owner& operator=(const owner&) = delete;
    virtual ~owner() = default;
    /// After open(): "", or why it is not connected. It may be used either way, and connects anew then.
    virtual void opened(link& which, const std::string& problem) = 0;
    /// After take(): the answer is complete, or failed.
    virtual void answered(link& which, const answer& what) = 0;
    /// It may be used: right after answered(), or once it has rested.
    virtual void free(link& which) = 0;
  };

  link(asio::io_context& context, net::deadline_sweep& sweep, const target& to, owner& heard_by, duration timeout);
  link(const link&) = delete;
  link& operator=(const link&) = delete;
  ~link() = default;

  /// Connects ahead of the first request.
  void open();
  /// Where the next request is to be written; empty. Then take().
  [[nodiscard]] std::string& request() { return request_; }
  void take(http::method asked, mono_time now);
  /// True from take() until answered().
  [[nodiscard]] bool busy() const { return busy_; }
  /// Of what it has taken; the owner's to set.
  moments when{};
  bool measured = false;

 private:
  using socket = asio::generic::stream_protocol::socket;
  using error_code = boost::system::error_code;

  void connect(std::size_t endpoint);
  void connected();
  void shaken();
  void not_connected(const std::string& problem);
  void write();
  void read();
  void arrived(std::size_t bytes);
  /// Reads what has arrived. True: the answer is complete, or has failed and finish() was called.
  [[nodiscard]] bool parse();
  [[nodiscard]] std::expected<bool, std::string> parse_head();
  [[nodiscard]] std::expected<bool, std::string> parse_body();
  void ended(const error_code& error);
  void complete();
  void fail(failure why);
  void finish(const answer& what);
  void close();
  [[nodiscard]] bool was_closed_by_peer();

  asio::io_context& context_;
  const target& target_;
  owner& owner_;
  duration timeout_;
  socket socket_;
  std::unique_ptr<asio::ssl::stream<socket&>> tls_;  // refers to socket_
  net::deadline_sweep::item deadline_;
  net::deadline_sweep::item rest_;
  std::string request_;
  std::size_t written_ = 0;
  std::unique_ptr<char[]> buffer_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::size_t searched_ = 0;
  http::method asked_ = http::method::get;
  http::response_head head_;
  http::body_decoder decoder_;
  answer answer_;
  bool in_body_ = false;
  bool busy_ = false;
  bool usable_ = false;
  bool timed_out_ = false;
  unsigned failures_ = 0;
  mono_time idle_since_;
};

}  // namespace sidecache::replay
