// The body of the request at hand, as a handler reads it: framing taken off, piece by piece, in bounded memory.
//
// Pieces are views into the connection's buffer; one is consumed when the next is asked for. Belongs to its exchange.
#pragma once

#include <string>

#include "http/body_decoder.hpp"
#include "net/paced_client.hpp"
#include "proxy/origin.hpp"

namespace sidecache::net {

class request_body final : public proxy::body_source {
 public:
  request_body(connection& client, paced_client& patience, const session_limits& limits)
      : client_(client), patience_(patience), limits_(limits) {}

  /// For the next request, whose head was consumed from the connection.
  void begin(const http::request_head& head);
  asio::awaitable<std::expected<std::string_view, boost::system::error_code>> next() override;
  [[nodiscard]] const http::fields* trailers() const override { return &decoder_.trailers(); }

  /// Nothing of it is left in the connection.
  [[nodiscard]] bool settled() const { return decoder_.done() && unconsumed_ == 0; }
  /// True unless it is clear already that discard() would fail.
  [[nodiscard]] bool can_be_discarded() const;
  /// Reads off what the handler left. False: too much, too slow, broken, or it will not come; the connection must end.
  asio::awaitable<bool> discard();

  /// What was wrong with the framing, if that was why next() failed.
  [[nodiscard]] const std::string& fault() const { return fault_; }
  /// The client left, or stalled, in the middle of the body.
  [[nodiscard]] bool broke_off() const { return broke_off_; }

 private:
  asio::awaitable<boost::system::error_code> read_more();

  connection& client_;
  paced_client& patience_;
  const session_limits& limits_;
  http::body_decoder decoder_;
  std::uint64_t announced_ = 0;  ///< of a counted body: what is still to come
  std::size_t unconsumed_ = 0;   ///< of the piece handed out last, with the framing before it
  bool expected_ = false;        ///< the client waits to be told that it may send the body
  bool broke_off_ = false;
  std::string fault_;
};

}  // namespace sidecache::net
