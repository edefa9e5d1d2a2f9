#include "net/streamed_answer.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <iterator>

namespace sidecache::net {
namespace {

/// Up to here a copy is cheaper than a gathering write.
constexpr std::size_t copied_piece = std::size_t{4} * 1024;

boost::system::error_code wrong_length() { return make_error_code(boost::system::errc::message_size); }

}  // namespace

void streamed_answer::begin(const http::request_head& request, date_field& date) {
  request_ = &request;
  date_ = &date;
  framing_ = {};
  left_ = 0;
  status_ = 0;
  close_ = finished_ = client_left_ = false;
}

asio::awaitable<boost::system::error_code> streamed_answer::start_with(http::response_head& head,
                                                                       std::string_view piece) {
  framing_ = frame_for(head, *request_);
  left_ = framing_.length;
  status_ = head.status;
  close_ = framing_.close || must_close_();
  text_.clear();
  write_head(head, framing_, {.version = request_->version, .close = close_, .date = *date_}, text_);
  return put_framed(piece);
}

asio::awaitable<boost::system::error_code> streamed_answer::write(std::string_view piece) {
  text_.clear();
  return put_framed(piece);
}

asio::awaitable<boost::system::error_code> streamed_answer::put_framed(std::string_view piece) {
  std::string_view end;
  switch (framing_.kind) {
    case http::framing::none:
      piece = {};  // HEAD: the body stays here
      break;
    case http::framing::until_close:
      break;
    case http::framing::length:
      if (piece.size() > left_) {
        spdlog::error("an answer's body is longer than its announced length: the connection is closed");
        co_return wrong_length();
      }
      left_ -= piece.size();
      break;
    case http::framing::chunked:
      if (piece.empty()) break;  // an empty chunk would be the last one
      fmt::format_to(std::back_inserter(text_), "{:x}\r\n", piece.size());
      end = "\r\n";
  }
  if (!text_.empty() && piece.size() <= copied_piece) {
    text_.append(piece).append(end);
    piece = end = {};
  }
  std::string_view head = text_;
  auto error = put_now(head, piece);
  if (!error) error = co_await put(head, piece);
  co_return *error || end.empty() ? *error : co_await put(end, {});
}

asio::awaitable<boost::system::error_code> streamed_answer::finish(const http::fields& trailers) {
  if (framing_.kind == http::framing::length && left_ != 0) {
    spdlog::error("an answer's body is {} bytes shorter than its announced length: the connection is closed", left_);
    co_return wrong_length();
  }
  if (framing_.kind == http::framing::chunked) {
    text_.assign("0\r\n");
    trailers.serialize(text_);
    text_.append("\r\n");
    if (const auto error = co_await put(text_, {})) co_return error;
  }
  finished_ = true;
  co_return boost::system::error_code{};
}

std::optional<boost::system::error_code> streamed_answer::put_now(std::string_view& first, std::string_view& second) {
  const auto error = client_.write_now(first, second);
  client_left_ = client_left_ || (error && *error);
  return error;
}

asio::awaitable<boost::system::error_code> streamed_answer::put(std::string_view first, std::string_view second) {
  const auto error = co_await client_.write(first, second);
  client_left_ = client_left_ || error;
  co_return error;
}

}  // namespace sidecache::net
