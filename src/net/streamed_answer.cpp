#include "net/streamed_answer.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <iterator>

namespace sidecache::net {
namespace {

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

asio::awaitable<boost::system::error_code> streamed_answer::start(http::response_head& head) {
  framing_ = frame_for(head, *request_);
  left_ = framing_.length;
  status_ = head.status;
  close_ = framing_.close || must_close_();
  text_.clear();
  write_head(head, framing_, {.version = request_->version, .close = close_, .date = *date_}, text_);
  return put(text_, {});
}

asio::awaitable<boost::system::error_code> streamed_answer::write(std::string_view piece) {
  switch (framing_.kind) {
    case http::framing::none:
      co_return boost::system::error_code{};  // HEAD: the body stays here
    case http::framing::until_close:
      co_return co_await put(piece, {});
    case http::framing::length:
      if (piece.size() > left_) {
        spdlog::error("an answer's body is longer than its announced length: the connection is closed");
        co_return wrong_length();
      }
      left_ -= piece.size();
      co_return co_await put(piece, {});
    case http::framing::chunked:
      break;
  }
  if (piece.empty()) co_return boost::system::error_code{};  // an empty chunk would be the last one
  text_.clear();
  fmt::format_to(std::back_inserter(text_), "{:x}\r\n", piece.size());
  if (const auto error = co_await put(text_, piece)) co_return error;
  co_return co_await put("\r\n", {});
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

asio::awaitable<boost::system::error_code> streamed_answer::put(std::string_view first, std::string_view second) {
  const auto error = co_await client_.write(first, second);
  client_left_ = client_left_ || error;
  co_return error;
}

}  // namespace sidecache::net
