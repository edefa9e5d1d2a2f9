// How much and how long a client may: every bound of a session in one place.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

#include "base/clock.hpp"
#include "http/head_parser.hpp"

namespace sidecache::net {

struct session_limits {
  http::head_limits head;
  std::size_t connections = 10'000;                    ///< of one server; each of its listeners holds one in reserve
  duration header_timeout = std::chrono::seconds(10);  ///< from a head's first byte to its last -> 408
  duration idle_timeout = std::chrono::seconds(75);    ///< between requests, and before the first
  duration stall_timeout = std::chrono::seconds(30);   ///< without a byte of a body read or of an answer written
  /// What is left of a body after its answer is read off up to this many bytes; beyond, the connection is closed.
  std::uint64_t unread_body = std::uint64_t{64} * 1024;
  /// After a close the client's bytes are read off so long, since closing on unread bytes resets the connection and may
  /// take the answer with it.
  duration linger = std::chrono::seconds(2);
};

}  // namespace sidecache::net
