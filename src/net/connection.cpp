#include "net/connection.hpp"

#include <sys/ioctl.h>

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstring>

#include "base/asio/as_result.hpp"
#include "base/secret.hpp"
#include "net/unsent_bytes.hpp"

namespace sidecache::net {
namespace {

constexpr std::size_t most_lingering_bytes = std::size_t{1024} * 1024;

std::array<asio::const_buffer, 2> both(std::string_view first, std::string_view second) {
  return {asio::const_buffer(first.data(), first.size()), asio::const_buffer(second.data(), second.size())};
}

}  // namespace

connection::connection(socket client, deadline_sweep& sweep, buffer_budget::share* budget, server_tls* tls)
    : socket_(std::move(client)),
      read_deadline_(sweep, [this] { read_is_late(); }),
      write_deadline_(sweep,
                      [this] {
                        write_late_ = true;
                        error_code ignored;
                        socket_.cancel(ignored);
                      }),
      grown_(budget) {
  error_code ignored;
  socket_.non_blocking(true, ignored);
  socket_.set_option(asio::ip::tcp::no_delay(true), ignored);  // fails, without harm, on a Unix socket
  if (tls != nullptr) tls_ = std::make_unique<tls_channel>(socket_.native_handle(), *tls, sweep);
  bound_unsent_bytes(socket_.native_handle());  // so does this
}

connection::~connection() {
  if (resting()) close();
  release_buffer();
}

void connection::read_is_late() {
  if (resting()) return rest_.owner->rested_too_long();
  read_late_ = true;
  error_code ignored;
  socket_.cancel(ignored);
}

std::string connection::peer_address() const {
  error_code error;
  const auto peer = socket_.remote_endpoint(error);
  const bool is_ip = !error && (peer.protocol().family() == AF_INET || peer.protocol().family() == AF_INET6);
  if (!is_ip) return {};
  asio::ip::tcp::endpoint at;
  at.resize(peer.size());
  std::memcpy(at.data(), peer.data(), peer.size());
  const auto address = at.address();
  // An IPv4 client of a listener for both families.
  if (address.is_v6() && address.to_v6().is_v4_mapped())
    return asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6()).to_string();
  return address.to_string();
}

void connection::consume(std::size_t n) {
  begin_ += n;
  if (begin_ == end_) begin_ = end_ = 0;
}

bool connection::has_unread() {
  int size = 0;
  return ::ioctl(descriptor(), FIONREAD, &size) == 0 && size > 0;
}

void connection::make_room(std::size_t most) {
  if (begin_ > 0 && end_ == capacity_) {
    std::memmove(buffer_.get(), buffer_.get() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  const bool hurried = filled_ && end_ == 0 && capacity_ < most;  // more is waiting than it holds: an upload
  if (end_ < capacity_ && !hurried) return;
  const auto larger = std::max({first_capacity, capacity_ + 1, std::min(capacity_ * 2, most)});
  auto grown = std::make_unique_for_overwrite<char[]>(larger);
  if (end_ > 0) std::memcpy(grown.get(), buffer_.get(), end_);
  release_buffer();
  buffer_ = std::move(grown);
  capacity_ = larger;
  touched_ = end_;
  grown_.resize(larger - first_capacity);
}

void connection::received(std::size_t size, std::size_t most) {
  end_ += size;
  touched_ = std::max(touched_, end_);
  filled_ = end_ == capacity_;
  if (filled_ && capacity_ >= most) grown_.count_full();
}

connection::arrival connection::take(char* into, std::size_t most) {
  arrival got;
  if (!tls_) {
    if (resting()) return take_resting(into, most);
    got.size = socket_.read_some(asio::buffer(into, most), got.error);
    return got;
  }
  const auto step = tls_->read(into, most);
  got = {step.size, step.error};
  if (step.wait != tls_channel::need::nothing) got.error = asio::error::would_block;
  return got;
}

void connection::adopt(std::string_view bytes) {
  if (capacity_ < bytes.size()) {
    release_buffer();
    capacity_ = bytes.size();  // mostly a head is all that comes, and a buffer to read into is made when one is read
    buffer_ = std::make_unique_for_overwrite<char[]>(capacity_);
    grown_.resize(std::max(first_capacity, capacity_) - first_capacity);
  }
  std::memcpy(buffer_.get(), bytes.data(), bytes.size());
  begin_ = 0;
  end_ = bytes.size();
  touched_ = std::max(touched_, end_);
}

void connection::shrink() {
  if (end_ == 0) release_buffer();
}

void connection::release_buffer() {
  if (buffer_) wipe(buffer_.get(), touched_);
  buffer_.reset();
  capacity_ = touched_ = 0;
  grown_.resize(0);
}

asio::awaitable<boost::system::error_code> connection::read_plain(mono_time deadline, std::size_t most) {
  make_room(most);
  read_late_ = false;
  read_deadline_.arm(deadline);
  const auto [error, size] =
      co_await socket_.async_read_some(asio::buffer(buffer_.get() + end_, capacity_ - end_), as_result);
  read_deadline_.disarm();
  received(size, most);
  co_return error&& read_late_ ? error_code(asio::error::timed_out) : error;
}

std::optional<boost::system::error_code> connection::write_now(std::string_view& first, std::string_view& second) {
  if (tls_) return write_now_tls(first, second);
  while (!first.empty() || !second.empty()) {
    error_code error;
    const auto size = resting() ? write_resting(first, second, error) : socket_.write_some(both(first, second), error);
    if (error == asio::error::would_block || error == asio::error::try_again) return std::nullopt;
    if (error) return error;
    advance(first, second, size);
  }
  return error_code{};
}

void connection::advance(std::string_view& first, std::string_view& second, std::size_t size) {
  written_ += size;
  const auto of_first = std::min(size, first.size());
  first.remove_prefix(of_first);
  second.remove_prefix(size - of_first);
}

asio::awaitable<boost::system::error_code> connection::write_more_plain(std::string_view& first,
                                                                        std::string_view& second, mono_time deadline) {
  write_late_ = false;
  write_deadline_.arm(deadline);
  const auto [error, size] = co_await socket_.async_write_some(both(first, second), as_result);
  write_deadline_.disarm();
  advance(first, second, size);
  co_return error&& write_late_ ? error_code(asio::error::timed_out) : error;
}

std::int64_t connection::taken() {
  int queued = 0;
  // Without an answer (no such kernel is known) what our own kernel took stands for it.
  if (::ioctl(descriptor(), TIOCOUTQ, &queued) != 0) queued = 0;
  return static_cast<std::int64_t>(written_) - queued;
}

asio::awaitable<void> connection::close_gently(duration linger) {
  error_code error;
  if (tls_) tls_->say_goodbye();
  socket_.shutdown(socket::shutdown_send, error);
  const auto deadline = std::chrono::steady_clock::now() + linger;
  std::size_t total = 0;
  while (!error && total < most_lingering_bytes) {
    consume(end_ - begin_);
    error = co_await read(deadline, first_capacity);
    total += end_ - begin_;
  }
  close();
}

void connection::interrupt() {
  error_code ignored;
  socket_.cancel(ignored);
}

void connection::close() {
  if (tls_) tls_->lose_socket();
  if (resting()) {
    ::close(end_rest());
    return;
  }
  error_code ignored;
  socket_.close(ignored);
}

void connection::leave() {
  if (tls_) tls_->say_goodbye();
  close();
}

void connection::reset() {
  if (tls_) tls_->lose_socket();
  error_code ignored;
  socket_.set_option(asio::socket_base::linger(true, 0), ignored);
  socket_.close(ignored);
}

}  // namespace sidecache::net
