// One client's TLS over a socket that does not block: OpenSSL driven directly, without buffers in between.
//
// Theory of operation: OpenSSL reads and writes the socket itself, by a BIO of ours (send with MSG_NOSIGNAL, so that a
// client that has left is an error and no signal). Each call here does what can be done now, and says else what the
// socket must become ready for. So an answer is encrypted and handed to the kernel in one go, as it is without TLS.
// After write() said that it must wait, the next write() must bring the same bytes (they may have moved): a record of
// theirs may be on its way. A failure is final.
//
// OpenSSL's two buffers of 16 KiB are given back, wiped, a second or two after they were needed: not after each record,
// since wiping them is a tenth of what a hit costs.
//
// An end without close_notify is no end: whoever stands in between could have cut the stream (RFC 8446 §6.1).
// Belongs to a connection, which says when its socket is gone. One thread.
#pragma once

#include <boost/system/error_code.hpp>
#include <memory>
#include <string_view>

#include "net/deadline_sweep.hpp"
#include "net/server_tls.hpp"

namespace sidecache::net {

class tls_channel {
 public:
  /// What came of a call. `wait`: nothing was done, the socket must become readable or writable first.
  enum class need : std::uint8_t { nothing, readable, writable };
  struct step {
    std::size_t size = 0;
    need wait = need::nothing;
    boost::system::error_code error = {};
  };

  /// As the server's side, over a socket that does not block. Throws std::bad_alloc.
  tls_channel(int descriptor, server_tls& from, deadline_sweep& sweep);
  tls_channel(const tls_channel&) = delete;
  tls_channel& operator=(const tls_channel&) = delete;
  ~tls_channel() = default;

  [[nodiscard]] step handshake();
  /// How a handshake ended that did, well or not.
  [[nodiscard]] handshake_result result() const { return result_; }

  /// To the server's figures.
  void count(handshake_result result) { from_.count(result); }

  /// The end of the stream is asio::error::eof.
  [[nodiscard]] step read(char* into, std::size_t most);
  [[nodiscard]] step write(std::string_view bytes);
  /// It has bytes of the client's that no wait for the socket tells of.
  [[nodiscard]] bool holds_input() const;
  /// Nothing is left in the socket: the last read found less than it had room for, and nothing was told of since.
  [[nodiscard]] bool took_all() const { return took_all_; }
  void more_came() { took_all_ = false; }
  /// The socket is closed: nothing more is read or written.
  void lose_socket() { below_ = -1; }
  /// Tells the client that nothing more comes, if it still can be told.
  void say_goodbye();

 private:
  static int on_write(BIO* bio, const char* bytes, int size);
  static int on_read(BIO* bio, char* into, int size);
  static long on_control(BIO* bio, int command, long number, void* pointer);
  static const BIO_METHOD* method();

  void release_buffers_soon();
  [[nodiscard]] step stopped(int result);
  [[nodiscard]] handshake_result failure() const;

  int below_;
  server_tls& from_;
  std::unique_ptr<SSL, server_tls::ssl_free> ssl_;
  handshake_result result_ = handshake_result::failed;
  deadline_sweep::item release_;
  int system_error_ = 0;  ///< of the socket, when it was asked last
  bool took_all_ = false;
  bool at_end_ = false;  ///< the socket has nothing more to read
  bool shaken_ = false;  ///< the handshake is complete
  bool failed_ = false;
  bool writing_ = false;  ///< a write was begun and must be completed before anything else is written
};

}  // namespace sidecache::net
