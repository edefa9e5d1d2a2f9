// Happy eyeballs (RFC 8305): a connection to the first of several addresses that takes it.
//
// Theory of operation: the families take turns, beginning with the first address's. An attempt is begun at once when
// the one before it failed, and 250 ms after it while that is still trying; so a dead address costs a quarter of a
// second and not a timeout. The first that connects wins, and the others are closed. race_plan decides, without I/O;
// connect_race performs.
// Threads: one worker's. The race outlives run(), and what run() leaves behind ends by itself.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

#include "base/clock.hpp"
#include "net/upstream_connection.hpp"

namespace sidecache::net {

/// By turns of the families, each in its own order (RFC 8305 §4). The first stays the first.
[[nodiscard]] std::vector<asio::ip::tcp::endpoint> interleaved(const std::vector<asio::ip::tcp::endpoint>& addresses);

class race_plan {
 public:
  /// RFC 8305 §5: the recommended "Connection Attempt Delay".
  static constexpr duration head_start = std::chrono::milliseconds(250);

  enum class step : std::uint8_t { begin_next, wait, lost };

  explicit race_plan(std::size_t addresses) : left_(addresses) {}

  [[nodiscard]] step next(mono_time now) const;
  /// With `wait`: for no longer than until then; something may end before.
  [[nodiscard]] mono_time wait_until() const { return left_ > 0 ? last_begun_ + head_start : mono_time::max(); }
  void begun(mono_time now) {
    --left_;
    ++running_;
    last_begun_ = now;
  }
  void failed() { --running_; }

 private:
  std::size_t left_;
  std::size_t running_ = 0;
  mono_time last_begun_{};
};

class connect_race {
 public:
  using connection_ptr = std::unique_ptr<upstream_connection>;
  /// A connection that has a deadline, and nothing to connect to yet.
  using maker = std::function<connection_ptr()>;

  struct result {
    connection_ptr connection;  ///< null: none could be connected to
    asio::ip::tcp::endpoint to;
    boost::system::error_code error;  ///< of the last that failed
  };

  connect_race(asio::io_context& context, maker make) : context_(context), make_(std::move(make)) {}

  /// None is begun after the deadline.
  asio::awaitable<result> run(std::vector<asio::ip::tcp::endpoint> addresses, mono_time deadline);

 private:
  struct state;
  struct racer;
  struct end_of_race;

  static asio::awaitable<void> attempt(std::shared_ptr<state> race, std::shared_ptr<racer> one);

  asio::io_context& context_;
  maker make_;
};

}  // namespace sidecache::net
