// An answer that is written while it is still coming in: the head (with the first piece, if that came with it), then
// pieces, each awaited until the kernel took it,
// so that a slow reader holds back whoever writes and memory stays flat.
//
// It counts what it sends: an answer that ends short of its announced length, or goes beyond it, or is never finished,
// is `broken()`, and then the session closes the connection in a way that the client can't take for the end of a
// complete answer. Belongs to its exchange.
#pragma once

#include <functional>
#include <string>

#include "net/answer_head.hpp"
#include "net/paced_client.hpp"
#include "proxy/origin.hpp"

namespace sidecache::net {

class streamed_answer final : public proxy::answer_sink {
 public:
  /// `must_close` is asked when the head goes out, which is when the client can still be told.
  streamed_answer(paced_client& client, std::function<bool()> must_close)
      : client_(client), must_close_(std::move(must_close)) {}

  /// For the next request.
  void begin(const http::request_head& request, date_field& date);

  asio::awaitable<boost::system::error_code> start(http::response_head& head) override { return start_with(head, {}); }
  asio::awaitable<boost::system::error_code> start_with(http::response_head& head, std::string_view piece) override;
  asio::awaitable<boost::system::error_code> write(std::string_view piece) override;
  asio::awaitable<boost::system::error_code> finish(const http::fields& trailers) override;

  [[nodiscard]] bool started() const { return status_ != 0; }
  [[nodiscard]] unsigned status() const { return status_; }
  [[nodiscard]] bool closes() const { return close_; }
  /// Begun and not completed as announced.
  [[nodiscard]] bool broken() const { return started() && !finished_; }
  /// Only the end of the connection would tell the client that the answer is over, so a broken one needs a reset.
  [[nodiscard]] bool ends_by_close() const { return framing_.kind == http::framing::until_close; }
  /// The client is gone, or took nothing for too long.
  [[nodiscard]] bool client_left() const { return client_left_; }

 private:
  /// What stands in text_, and the piece in its framing behind it.
  asio::awaitable<boost::system::error_code> put_framed(std::string_view piece);
  /// Mostly the kernel takes all of it, and then there is nothing to wait for.
  [[nodiscard]] std::optional<boost::system::error_code> put_now(std::string_view& first, std::string_view& second);
  asio::awaitable<boost::system::error_code> put(std::string_view first, std::string_view second);

  paced_client& client_;
  std::function<bool()> must_close_;
  const http::request_head* request_ = nullptr;
  date_field* date_ = nullptr;
  stream_framing framing_;
  std::uint64_t left_ = 0;  ///< of the announced length
  unsigned status_ = 0;
  bool close_ = false;
  bool finished_ = false;
  bool client_left_ = false;
  std::string text_;  ///< heads and chunk framing
};

}  // namespace sidecache::net
