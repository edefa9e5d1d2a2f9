#include "net/tls_channel.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <boost/asio/error.hpp>
#include <boost/asio/ssl/error.hpp>
#include <cerrno>
#include <new>

namespace sidecache::net {
namespace {

using boost::system::error_code;

bool would_block(int error) { return error == EAGAIN || error == EWOULDBLOCK || error == EINTR; }

}  // namespace

const BIO_METHOD* tls_channel::method() {
  static BIO_METHOD* const made = [] {
    BIO_METHOD* of_socket = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "sidecache socket");
    if (of_socket == nullptr) throw std::bad_alloc();
    BIO_meth_set_write(of_socket, &tls_channel::on_write);
    BIO_meth_set_read(of_socket, &tls_channel::on_read);
    BIO_meth_set_ctrl(of_socket, &tls_channel::on_control);
    return of_socket;
  }();
  return made;
}

tls_channel::tls_channel(int descriptor, server_tls& from, deadline_sweep& sweep)
    : below_(descriptor), from_(from), ssl_(from.new_connection()), release_(sweep, [this] {
        SSL_free_buffers(ssl_.get());  // not while something is in them; the next read or write is looked at again
      }) {
  BIO* const bio = BIO_new(method());
  if (bio == nullptr) throw std::bad_alloc();
  BIO_set_data(bio, this);
  BIO_set_init(bio, 1);
  SSL_set_bio(ssl_.get(), bio, bio);
  SSL_set_accept_state(ssl_.get());
}

int tls_channel::on_write(BIO* bio, const char* bytes, int size) {
  auto& self = *static_cast<tls_channel*>(BIO_get_data(bio));
  BIO_clear_retry_flags(bio);
  const auto sent = ::send(self.below_, bytes, static_cast<std::size_t>(size), MSG_NOSIGNAL);
  self.system_error_ = sent < 0 ? errno : 0;
  if (sent < 0 && would_block(self.system_error_)) BIO_set_retry_write(bio);
  return static_cast<int>(sent);
}

int tls_channel::on_read(BIO* bio, char* into, int size) {
  auto& self = *static_cast<tls_channel*>(BIO_get_data(bio));
  BIO_clear_retry_flags(bio);
  const auto got = ::recv(self.below_, into, static_cast<std::size_t>(size), 0);
  self.system_error_ = got < 0 ? errno : 0;
  self.at_end_ = got == 0 && size > 0;
  self.took_all_ = got < size;
  if (got < 0 && would_block(self.system_error_)) BIO_set_retry_read(bio);
  return static_cast<int>(got);
}

long tls_channel::on_control(BIO* bio, int command, long /*number*/, void* /*pointer*/) {
  if (command == BIO_CTRL_FLUSH) return 1;  // nothing is held back
  if (command == BIO_CTRL_EOF) return static_cast<const tls_channel*>(BIO_get_data(bio))->at_end_ ? 1 : 0;
  return 0;
}

tls_channel::step tls_channel::handshake() {
  ERR_clear_error();
  const int result = SSL_do_handshake(ssl_.get());
  if (result != 1) {
    const step stopped_at = stopped(result);
    if (stopped_at.error) result_ = failure();
    ERR_clear_error();
    return stopped_at;
  }
  shaken_ = true;
  result_ = SSL_session_reused(ssl_.get()) == 1 ? handshake_result::resumed : handshake_result::ok;
  return {};
}

tls_channel::step tls_channel::read(char* into, std::size_t most) {
  ERR_clear_error();
  std::size_t size = 0;
  release_buffers_soon();
  const int result = SSL_read_ex(ssl_.get(), into, most, &size);
  return result == 1 ? step{.size = size} : stopped(result);
}

tls_channel::step tls_channel::write(std::string_view bytes) {
  ERR_clear_error();
  std::size_t size = 0;
  release_buffers_soon();
  const int result = SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &size);
  writing_ = result != 1;
  return result == 1 ? step{.size = size} : stopped(result);
}

void tls_channel::say_goodbye() {
  if (!shaken_ || failed_ || writing_ || below_ < 0) return;
  ERR_clear_error();
  SSL_shutdown(ssl_.get());  // one try: a client that has no room for it is no slower to notice that we close
  ERR_clear_error();
}

bool tls_channel::holds_input() const { return SSL_has_pending(ssl_.get()) == 1; }

void tls_channel::release_buffers_soon() {
  if (!release_.armed()) release_.arm_in(std::chrono::seconds(1));
}

tls_channel::step tls_channel::stopped(int result) {
  switch (SSL_get_error(ssl_.get(), result)) {
    case SSL_ERROR_WANT_READ:
      return {.wait = need::readable};
    case SSL_ERROR_WANT_WRITE:
      return {.wait = need::writable};
    case SSL_ERROR_ZERO_RETURN:
      return {.error = boost::asio::error::eof};
    default:
      break;
  }
  failed_ = true;
  if (system_error_ != 0 && !would_block(system_error_))
    return {.error = error_code(system_error_, boost::system::system_category())};
  if (at_end_) return {.error = boost::asio::ssl::error::stream_truncated};
  const auto code = static_cast<int>(ERR_peek_error());
  if (code == 0) return {.error = boost::asio::error::connection_aborted};
  return {.error = error_code(code, boost::asio::error::get_ssl_category())};
}

handshake_result tls_channel::failure() const {
  if (at_end_ || (system_error_ != 0 && !would_block(system_error_))) return handshake_result::client_left;
  switch (ERR_GET_REASON(ERR_peek_error())) {
    case SSL_R_HTTP_REQUEST:
      return handshake_result::plain_http;
    case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE:
    case SSL_R_CERTIFICATE_VERIFY_FAILED:
      return handshake_result::client_certificate;
    default:
      return handshake_result::failed;
  }
}

}  // namespace sidecache::net
