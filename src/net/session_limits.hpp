// How much and how long a client may: every bound of a session in one place.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

#include "base/clock.hpp"
#include "http/head_parser.hpp"
#include "net/pace.hpp"

namespace sidecache::net {

struct session_limits {
  http::head_limits head;
  std::size_t connections = 10'000;                    ///< of one server; each of its listeners holds one in reserve
  duration header_timeout = std::chrono::seconds(10);  ///< from a head's first byte to its last -> 408
  duration idle_timeout = std::chrono::seconds(75);    ///< between requests, and before the first
  duration stall_timeout = std::chrono::seconds(30);   ///< without a byte of a body read or of an answer written
  pace_limit pace;                                     ///< bytes, but too few, in a head, a body or an answer
  duration request_timeout = std::chrono::hours(1);    ///< complete head to end of the answer -> 504; 0: unlimited
  std::uint64_t requests_per_connection = 100'000;     ///< the last answer says so; 0: unlimited
  std::size_t connections_per_client = 10'000;         ///< of one address; a further one is closed at once
  /// What a connection holds of what its client sent and nobody has taken: reading waits beyond it.
  std::size_t buffered_bytes = std::size_t{256} * 1024;
  /// What is left of a body after its answer is read off up to this many bytes; beyond, the connection is closed.
  std::uint64_t unread_body = std::uint64_t{64} * 1024;
  /// After a close the client's bytes are read off so long, since closing on unread bytes resets the connection and may
  /// take the answer with it.
  duration linger = std::chrono::seconds(2);
  /// When the server drains, a connection without a request is closed only after this long. A client that uses it
  /// meanwhile gets its answer with `Connection: close` and knows; one whose connection is closed between its requests
  /// may have sent the next one already, and HTTP/1.1 has no way to tell it what became of that (RFC 9112 §9.3.1).
  duration last_call = std::chrono::seconds(1);
  /// So many known requests in a row, and their connection rests between them (net/session.hpp). One that is asked
  /// other things in between stays with Asio: going to rest and waking cost some four system calls more than a wait
  /// saves.
  unsigned known_before_rest = 8;
};

}  // namespace sidecache::net
