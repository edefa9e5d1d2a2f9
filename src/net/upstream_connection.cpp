#include "net/upstream_connection.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/write.hpp>
#include <boost/smart_ptr/make_local_shared.hpp>

#include "base/asio/as_result.hpp"
#include "net/unsent_bytes.hpp"

namespace sidecache::net {
namespace {

// 16 KiB is the most that a TLS record holds. A plain stream that fills its buffer gets a larger one, as far as a whole
// head (64 KiB) must fit.
constexpr std::size_t first_buffer = std::size_t{16} * 1024;
constexpr std::size_t largest_buffer = std::size_t{64} * 1024;
// Of a stream, so much at once: the loopback's segments hold 65,483 bytes, and a piece of 64 KiB would go on as one of
// these and another of the rest, each of which wakes the reader.
constexpr std::size_t most_at_once = std::size_t{60} * 1024;

// What the kernel may hold of an answer whose reader is slow. By itself it grows a socket that was read fast to
// tcp_rmem, 6 MiB or, on tuned machines, 32. 1 MiB in flight is 25 MB/s over 40 ms (less where net.core.rmem_max is
// lower).
constexpr int unread_bytes_allowed = 1024 * 1024;

}  // namespace

upstream_connection::upstream_connection(asio::io_context& context, deadline_sweep& sweep,
                                         std::shared_ptr<const upstream_site> site,
                                         std::shared_ptr<upstream_gauge> gauge)
    : site_(std::move(site)),
      gauge_(std::move(gauge)),
      context_(context),
      socket_(context),
      self_(boost::make_local_shared<upstream_connection*>(this)),
      read_deadline_(sweep, [this] { expire(); }),
      write_deadline_(sweep, [this] { expire(); }) {
  if (gauge_->observer) gauge_->observer->upstream_connections(state_, 1);
}

upstream_connection::~upstream_connection() {
  *self_ = nullptr;
  if (tls_ && established_) upstream_tls::mark_healthy(*tls_);
  if (gauge_->observer) gauge_->observer->upstream_connections(state_, -1);
}

asio::awaitable<boost::system::error_code> upstream_connection::connect(asio::ip::tcp::endpoint endpoint) {
  auto [error] = co_await socket_.async_connect(endpoint, as_result);
  if (error) co_return timed_out_ ? make_error_code(asio::error::timed_out) : error;
  boost::system::error_code ignored;  // without either the connection works too
  socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
  socket_.set_option(asio::socket_base::keep_alive(true), ignored);
  bound_unsent_bytes(socket_.native_handle());
  socket_.set_option(asio::socket_base::receive_buffer_size(unread_bytes_allowed), ignored);
  socket_.non_blocking(true, error);  // for is_quiet(); asynchronous operations do not care
  count_as(proxy::connection_state::active);
  co_return error;
}

asio::awaitable<std::expected<void, proxy::failure>> upstream_connection::handshake() {
  tls_ = site_->tls->wrap(socket_);
  const auto [error] = co_await tls_->async_handshake(boost::asio::ssl::stream_base::client, as_result);
  if (error) {
    auto why = timed_out_ ? std::string("the handshake did not end in time") : upstream_tls::explain(*tls_, error);
    co_return std::unexpected(proxy::failure{proxy::failure_kind::tls, false, std::move(why)});
  }
  established_ = true;
  co_return std::expected<void, proxy::failure>{};
}

std::optional<boost::system::error_code> upstream_connection::write_now(std::string_view& bytes) {
  if (tls_) return std::nullopt;
  boost::system::error_code error;
  const auto written = socket_.write_some(asio::buffer(bytes), error);
  sent_ += written;
  bytes.remove_prefix(written);
  if (error == asio::error::would_block || error == asio::error::try_again) return std::nullopt;
  return error || bytes.empty() ? std::optional(error) : std::nullopt;
}

asio::awaitable<boost::system::error_code> upstream_connection::write(std::span<const asio::const_buffer> buffers) {
  boost::system::error_code error;
  std::size_t written = 0;
  if (tls_) {
    std::tie(error, written) = co_await asio::async_write(*tls_, buffers, as_result);
    sent_ += written;
    co_return error;
  }
  // Mostly the kernel takes all of it, and then nothing need be set up to wait with.
  written = socket_.write_some(buffers, error);
  sent_ += written;
  if (error == asio::error::would_block || error == asio::error::try_again) error = {};
  for (const auto& each : buffers) {
    const auto done = std::min(written, each.size());
    written -= done;
    if (error || done == each.size()) continue;
    std::tie(error, written) = co_await asio::async_write(socket_, asio::buffer(each + done), as_result);
    sent_ += std::exchange(written, 0);
  }
  co_return error;
}

asio::awaitable<boost::system::error_code> upstream_connection::read() {
  if (ended_) co_return ended_;
  if (!make_room()) co_return asio::error::no_buffer_space;
  const auto space = room();
  boost::system::error_code error;
  std::size_t got = 0;
  if (tls_) {
    std::tie(error, got) = co_await tls_->async_read_some(space, as_result);
  } else {
    std::tie(error, got) = co_await socket_.async_read_some(space, as_result);
  }
  took(got, got == space.size());
  if (error.category() == asio::error::get_ssl_category()) established_ = false;  // a fatal alert ends the session too
  co_return error;
}

asio::mutable_buffer upstream_connection::room() {
  return asio::buffer(buffer_.data() + end_, std::min(buffer_.size() - end_, most_at_once));
}

void upstream_connection::took(std::size_t size, bool all_there_was_room_for) {
  end_ += size;
  touched_ = std::max(touched_, end_);
  received_ += size;
  filled_ = all_there_was_room_for;
}

bool upstream_connection::make_room() {
  if (begin_ == end_) begin_ = end_ = 0;
  const bool hurried = filled_ && end_ == 0 && buffer_.size() < largest_buffer;
  if (end_ < buffer_.size() && !hurried) return true;
  if (begin_ > 0) {
    std::copy(buffer_.begin() + static_cast<std::ptrdiff_t>(begin_),
              buffer_.begin() + static_cast<std::ptrdiff_t>(end_), buffer_.begin());
    end_ -= begin_;
    begin_ = 0;
    return true;
  }
  if (buffer_.size() >= largest_buffer) return false;
  buffer_.resize(std::max(first_buffer, buffer_.size() * 2));
  return true;
}

void upstream_connection::close() {
  boost::system::error_code ignored;
  socket_.close(ignored);
}

void upstream_connection::expire() {
  timed_out_ = true;
  close();
  if (expired_) {
    const auto call = std::move(expired_);  // the call may destroy this
    call();
  }
}

void upstream_connection::arm(deadline_sweep::item& item, mono_time deadline) {
  if (deadline == mono_time{}) {
    item.disarm();
  } else {
    item.arm(deadline);
  }
}

void upstream_connection::begin_request() {
  sent_ = 0;
  received_ = 0;
  expired_ = nullptr;
  count_as(proxy::connection_state::active);
}

bool upstream_connection::is_quiet() {
  if (!socket_.is_open() || begin_ != end_) return false;
  char byte = 0;
  if (tls_) {
    // Not a peek at the socket: a ticket or key update is no reason to give it up, and what Asio has read ahead counts.
    boost::system::error_code error;
    tls_->read_some(asio::buffer(&byte, 1), error);
    return error == asio::error::would_block;
  }
  const auto result = ::recv(socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return result < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

void upstream_connection::rest(duration timeout, std::function<void()> expired) {
  // What it read last should not stay for as long as nobody comes.
  if (buffer_.size() > first_buffer) {
    bytes().swap(buffer_);
  } else {
    wipe(buffer_.data(), touched_);
  }
  begin_ = end_ = touched_ = 0;
  filled_ = false;
  expired_ = std::move(expired);
  write_deadline_.disarm();
  read_deadline_.arm_in(timeout);
  count_as(proxy::connection_state::idle);
}

void upstream_connection::count_as(proxy::connection_state state) {
  if (state == state_) return;
  if (gauge_->observer) {
    gauge_->observer->upstream_connections(state_, -1);
    gauge_->observer->upstream_connections(state, 1);
  }
  state_ = state;
}

proxy::failure upstream_connection::failure(const boost::system::error_code& error) const {
  using proxy::failure_kind;
  if (timed_out_) return {failure_kind::timeout, sent(), "no answer in time"};
  if (error == asio::error::no_buffer_space) return {failure_kind::protocol, sent(), "more than 64 KiB of framing"};
  if (error == asio::error::eof) return {failure_kind::reset, sent(), "the connection ended before the message did"};
  if (error == boost::asio::ssl::error::stream_truncated)
    return {failure_kind::reset, sent(), "the TLS connection ended without close_notify"};
  if (error.category() == asio::error::get_ssl_category() ||
      error.category() == boost::asio::ssl::error::get_stream_category())
    return {failure_kind::tls, sent(), error.message()};
  return {failure_kind::reset, sent(), error.message()};
}

}  // namespace sidecache::net
