// A client's connection with the patience we have for it: how long it may be silent, and how slow it may be.
//
// Theory of operation: reads of a body and writes of an answer go through this. Each wait has a deadline by the sweep
// (`stall_timeout`, in which one byte must move) and is counted against the direction's pace; a limit that is reached
// ends the wait with asio::error::timed_out and is remembered as the connection's cutoff, the first one counts. What
// counts as written is what the client's side took, not what our kernel's buffer did: a slow client empties that one
// in large steps with long times between them.
//
// Belongs to its session.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <optional>

#include "base/cutoff.hpp"
#include "net/connection.hpp"
#include "net/pace.hpp"
#include "net/session_limits.hpp"

namespace sidecache::net {

class paced_client {
 public:
  using error_code = boost::system::error_code;

  paced_client(connection& client, const session_limits& limits)
      : client_(client), limits_(limits), reading_(limits.pace), writing_(limits.pace) {}

  /// A head or body begins to arrive; an answer begins to go out.
  void begin_reading() { reading_.begin(); }
  void begin_writing() { writing_.begin(); }

  /// More of a message that has begun, by `deadline`, which is `late`'s, if the client was not too slow till now.
  asio::awaitable<error_code> read(mono_time deadline, sidecache::cutoff late, std::size_t most);
  /// Writes what the kernel takes at once. Nothing: some is left, which write() goes on with.
  [[nodiscard]] std::optional<error_code> write_now(std::string_view& first, std::string_view& second) {
    return client_.write_now(first, second);
  }
  /// Writes both completely.
  asio::awaitable<error_code> write(std::string_view first, std::string_view second);

  [[nodiscard]] std::optional<sidecache::cutoff> cutoff() const { return cutoff_; }
  void cut(sidecache::cutoff why) {
    if (!cutoff_) cutoff_ = why;
  }

 private:
  /// One wait until the kernel takes more. Not an error: a byte moved, or some were taken by the client.
  asio::awaitable<error_code> wait_and_write(std::string_view& first, std::string_view& second);

  connection& client_;
  const session_limits& limits_;
  pace reading_;
  pace writing_;
  std::optional<sidecache::cutoff> cutoff_;
};

}  // namespace sidecache::net
