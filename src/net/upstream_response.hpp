// Reads one answer from a connection: the final head, then the body piece by piece, then says if the connection may be
// used again. Interim answers (1xx) are read over; 101 was not asked for and is a protocol failure.
// Lives shorter than its connection; one worker's thread.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstddef>
#include <expected>
#include <string_view>

#include "http/body_decoder.hpp"
#include "http/message.hpp"
#include "net/upstream_connection.hpp"
#include "proxy/origin.hpp"

namespace sidecache::net {

class upstream_response {
 public:
  upstream_response(upstream_connection& connection, http::method asked) : connection_(connection), asked_(asked) {}

  /// Once, first.
  asio::awaitable<std::expected<http::response_head, proxy::failure>> head();
  /// The next piece of the body without its framing, valid until the next call; empty at the end of a complete message.
  asio::awaitable<std::expected<std::string_view, proxy::failure>> next();
  /// The same as far as it needs no waiting; empty if it does, too.
  std::expected<std::string_view, proxy::failure> at_hand();

  /// The last piece of the body was given. It is consumed now, as by next().
  [[nodiscard]] bool over();

  /// Nothing was read of an answer when it failed: the request may not have been seen.
  [[nodiscard]] bool begun() const { return connection_.received(); }
  /// What a connection may go on with that such a head has come on, once its body is over (RFC 9112 §9.3).
  [[nodiscard]] static bool persists(const http::response_head& head);
  /// The message is over, both sides want to go on, and the peer has not said more than that.
  [[nodiscard]] bool reusable() const;
  [[nodiscard]] const http::fields& trailers() const { return decoder_.trailers(); }

 private:
  [[nodiscard]] proxy::failure protocol(std::string detail) const;

  upstream_connection& connection_;
  http::method asked_;
  http::body_decoder decoder_;
  std::size_t handed_out_ = 0;  // bytes to consume before the next piece
  bool persistent_ = false;
};

}  // namespace sidecache::net
