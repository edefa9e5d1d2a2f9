#include "replay/link.hpp"

#include <sys/socket.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/write.hpp>

#include "http/head_parser.hpp"

namespace sidecache::replay {
namespace {

namespace ssl = boost::asio::ssl;

/// The longest head that is read; bodies pass through in pieces. Untouched, its pages cost nothing.
constexpr std::size_t buffer_bytes = std::size_t{64} * 1024;
constexpr duration looked_at_after = std::chrono::milliseconds(10);
constexpr duration first_rest = std::chrono::milliseconds(50);
constexpr unsigned most_doublings = 4;  // 800 ms, and the sweep adds its tick

duration rest_after(unsigned failures) { return first_rest * (1U << std::min(failures - 2, most_doublings)); }

}  // namespace

link::link(asio::io_context& context, net::deadline_sweep& sweep, const target& to, owner& heard_by, duration timeout)
    : context_(context),
      target_(to),
      owner_(heard_by),
      timeout_(timeout),
      socket_(context),
      deadline_(sweep,
                [this] {
                  timed_out_ = true;
                  close();
                }),
      rest_(sweep, [this] { owner_.free(*this); }),
      buffer_(std::make_unique_for_overwrite<char[]>(buffer_bytes)) {}

void link::open() {
  timed_out_ = false;
  deadline_.arm_in(timeout_);
  connect(0);
}

void link::take(http::method asked, mono_time now) {
  busy_ = true;
  timed_out_ = false;
  asked_ = asked;
  written_ = begin_ = end_ = searched_ = 0;
  in_body_ = false;
  answer_ = {};
  deadline_.arm(now + timeout_);
  if (usable_ && now - idle_since_ > looked_at_after && was_closed_by_peer()) close();
  if (usable_) return write();
  connect(0);
}

bool link::was_closed_by_peer() {
  char byte = 0;
  return ::recv(socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
}

void link::connect(std::size_t endpoint) {
  tls_.reset();
  error_code ignored;
  socket_.close(ignored);
  socket_.async_connect(target_.endpoints[endpoint], [this, endpoint](const error_code& error) {
    if (!error) return connected();
    if (!timed_out_ && endpoint + 1 < target_.endpoints.size()) return connect(endpoint + 1);
    not_connected(timed_out_ ? "timed out" : error.message());
  });
}

void link::connected() {
  error_code unfit;  // Unix sockets know no such option
  socket_.set_option(asio::ip::tcp::no_delay(true), unfit);
  socket_.non_blocking(true, unfit);
  if (!target_.tls) return shaken();
  tls_ = std::make_unique<ssl::stream<socket&>>(socket_, *target_.tls);
  if (SSL_CTX_get_verify_mode(target_.tls->native_handle()) != SSL_VERIFY_NONE)
    tls_->set_verify_callback(ssl::host_name_verification(target_.name), unfit);
  if (!target_.is_address) SSL_set_tlsext_host_name(tls_->native_handle(), target_.name.c_str());
  tls_->async_handshake(ssl::stream_base::client, [this](const error_code& error) {
    if (!error) return shaken();
    const long verdict = SSL_get_verify_result(tls_->native_handle());
    not_connected(verdict == X509_V_OK ? error.message() : X509_verify_cert_error_string(verdict));
  });
}

void link::shaken() {
  usable_ = true;
  if (busy_) return write();
  deadline_.disarm();
  idle_since_ = std::chrono::steady_clock::now();
  owner_.opened(*this, {});
}

void link::not_connected(const std::string& problem) {
  close();
  if (busy_) return fail(timed_out_ ? failure::timeout : failure::connect);
  deadline_.disarm();
  owner_.opened(*this, problem.empty() ? "not connected" : problem);
}

/// At once, as far as the socket takes it: an asynchronous write would cost another turn of the loop.
void link::write() {
  const auto rest = [this] { return asio::buffer(request_) + written_; };
  const auto done = [this](const error_code& error, std::size_t) { error ? ended(error) : read(); };
  if (tls_) return asio::async_write(*tls_, rest(), done);
  error_code error;
  written_ += socket_.write_some(rest(), error);
  if (error && error != asio::error::would_block) return asio::post(context_, [this, error] { ended(error); });
  if (written_ == request_.size()) return read();
  asio::async_write(socket_, rest(), done);
}

void link::read() {
  const auto into = asio::buffer(buffer_.get() + end_, buffer_bytes - end_);
  const auto done = [this](const error_code& error, std::size_t bytes) { error ? ended(error) : arrived(bytes); };
  if (tls_) return tls_->async_read_some(into, done);
  socket_.async_read_some(into, done);
}

void link::arrived(std::size_t bytes) {
  end_ += bytes;
  if (parse()) return;
  if (begin_ == end_) begin_ = end_ = 0;
  if (end_ == buffer_bytes) return fail(failure::protocol);  // only a head stays in the buffer
  read();
}

bool link::parse() {
  if (!in_body_) {
    const auto head = parse_head();
    if (!head) fail(failure::protocol);
    if (!head || !*head) return !head;
  }
  const auto body = parse_body();
  if (!body) fail(failure::protocol);
  if (body && *body) complete();
  return !body || *body;
}

/// True once the final head is read; interim ones (RFC 9110 §15.2) are read over.
std::expected<bool, std::string> link::parse_head() {
  while (true) {
    const std::string_view unread(buffer_.get() + begin_, end_ - begin_);
    const auto end = http::find_head_end(unread, searched_);
    if (!end) {
      searched_ = unread.size();
      return false;
    }
    auto parsed = http::parse_response_head(unread.substr(0, *end), asked_, head_);
    if (!parsed) return std::unexpected(std::move(parsed.error()));
    begin_ += *end;
    searched_ = 0;
    if (head_.status == 101) return std::unexpected("an upgrade that was not asked for");
    if (head_.status >= 200) break;
  }
  in_body_ = true;
  decoder_ = http::body_decoder(head_.body, head_.content_length);
  answer_.status = head_.status;
  const auto field = head_.fields.find("cache-status");
  if (field && head_.fields.count("cache-status") == 1) answer_.outcome = outcome_in(*field);
  if (field && head_.fields.count("cache-status") > 1)
    answer_.outcome = outcome_in(head_.fields.joined("cache-status").value_or(""));
  return true;
}

std::expected<bool, std::string> link::parse_body() {
  while (!decoder_.done() && begin_ < end_) {
    auto step = decoder_.next({buffer_.get() + begin_, end_ - begin_});
    if (!step) return std::unexpected(std::move(step.error()));
    begin_ += step->consumed;
    answer_.body_bytes += step->piece.size();
  }
  return decoder_.done();
}

void link::ended(const error_code& error) {
  if (timed_out_) return fail(failure::timeout);
  const bool at_end = error == asio::error::eof || error == ssl::error::stream_truncated;
  if (at_end && in_body_ && decoder_.at_end_of_connection()) return complete();
  fail(failure::reset);
}

void link::complete() {
  const bool more = begin_ != end_;  // what nobody asked for: where the next answer would begin is unknown
  if (more || head_.version < 11 || head_.body == http::framing::until_close ||
      head_.fields.lists("connection", "close"))
    close();
  failures_ = 0;
  finish(answer_);
}

void link::fail(failure why) {
  close();
  ++failures_;
  finish({.failed = why});
}

void link::finish(const answer& what) {
  deadline_.disarm();
  busy_ = false;
  request_.clear();
  when.done = idle_since_ = std::chrono::steady_clock::now();
  owner_.answered(*this, what);
  if (failures_ < 2) return owner_.free(*this);
  rest_.arm(when.done + rest_after(failures_));
}

void link::close() {
  usable_ = false;
  error_code ignored;
  socket_.close(ignored);
}

}  // namespace sidecache::replay
