#include "net/client_exchange.hpp"

namespace sidecache::net {
void client_exchange::begin(bool last, const proxy::known_block* by) {
  known_ = by;
  patience_.begin_writing();
  body_.begin(request_);
  stream_.begin(request_, home_.date);
  report_ = {};
  made_.clear();
  status_ = 0;
  close_ = last || !request_.keep_alive;
  complete_ = client_left_ = dropped_ = false;
}

void client_exchange::begin_refusal(bool of_head) {
  request_.method = of_head ? http::method::head : http::method::other;
  request_.version = 11;
  request_.target.clear();
  request_.method_name.clear();
  request_.fields.clear();
  request_.body = http::framing::none;
  request_.expect_continue = false;
  request_.keep_alive = false;
  begin();
  report_.outcome = outcome::rejected;
}

asio::awaitable<boost::system::error_code> client_exchange::send(proxy::answer what) {
  if (const auto written = send_now(std::move(what))) co_return *written;
  co_return co_await finish_sending();
}

std::optional<boost::system::error_code> client_exchange::send_now(proxy::answer what) {
  sending_ = std::move(what);
  status_ = sending_.status;
  report_ = sending_.report;
  close_ = must_close() || sending_.close;
  text_.clear();
  write_head(sending_, {.version = request_.version, .close = close_, .date = home_.date}, text_);
  left_body_ = request_.method == http::method::head || has_no_body(status_) ? std::string_view{} : sending_.body;
  if (left_body_.size() <= copied_body) {
    text_.append(left_body_);
    left_body_ = {};
  }
  left_head_ = text_;
  const auto written = client_.write_now(left_head_, left_body_);
  if (written) {
    complete_ = !*written;
    client_left_ = !complete_;
  }
  return written;
}

void client_exchange::take_over(proxy::answer what, std::string unsent_head, std::string_view unsent_body) {
  sending_ = std::move(what);
  status_ = sending_.status;
  report_ = sending_.report;
  text_ = std::move(unsent_head);
  left_head_ = text_;
  left_body_ = unsent_body;
}

asio::awaitable<boost::system::error_code> client_exchange::finish_sending() {
  // The answer's entry may leave the cache while a slow client takes it: the bytes count as held until then.
  const buffer_budget::claim held(&home_.buffered, left_body_.size());
  const auto error = co_await patience_.write(left_head_, left_body_);
  complete_ = !error;
  client_left_ = !complete_;
  co_return error;
}

}  // namespace sidecache::net
