// TLS towards one control plane: trust, identity and sessions to resume (OpenSSL 3).
//
// Chain and name (or IP address) of the server are always verified; there is no switch against it. The name is compared
// with the certificate's alternative names alone, never its subject (RFC 9110 §4.3.4). TLS 1.2 or later, ALPN http/1.1.
// One object for all workers: the system's store of authorities costs 25 ms to load, and a session that one worker got
// is good for the others. The newest session is kept under a lock that is taken once a connection, not once a request.
// Threads: any. Outlives the connections made from it.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <expected>
#include <memory>
#include <mutex>
#include <string>

#include "net/upstream_settings.hpp"
#include "net/upstream_url.hpp"

namespace sidecache::net {

class upstream_tls {
 public:
  using stream = boost::asio::ssl::stream<boost::asio::ip::tcp::socket&>;

  /// Reads the files that the settings name. The error says which one could not be used, and why.
  static std::expected<std::unique_ptr<upstream_tls>, std::string> make(const upstream_settings& settings,
                                                                        const upstream_url& url);
  upstream_tls(const upstream_tls&) = delete;
  upstream_tls& operator=(const upstream_tls&) = delete;
  ~upstream_tls() = default;

  /// A stream over the socket that will ask for the host and verify it, and try to resume the newest session.
  /// Throws std::bad_alloc.
  [[nodiscard]] std::unique_ptr<stream> wrap(boost::asio::ip::tcp::socket& socket);

  /// Why a handshake on that stream failed, for the log: OpenSSL's words about the certificate, if that was it.
  [[nodiscard]] static std::string explain(stream& failed, const boost::system::error_code& error);
  /// To be called before a healthy stream is destroyed: OpenSSL takes one that was not shut down for broken, and its
  /// session can't be resumed any more.
  static void mark_healthy(stream& ending);

 private:
  struct session_free {
    void operator()(SSL_SESSION* session) const { SSL_SESSION_free(session); }
  };

  explicit upstream_tls(const upstream_url& url);
  std::expected<void, std::string> load(const upstream_settings& settings);
  static int on_new_session(SSL* ssl, SSL_SESSION* session);

  std::string host_;
  bool is_address_;
  std::mutex session_lock_;
  std::unique_ptr<SSL_SESSION, session_free> session_;  // guarded by session_lock_
  boost::asio::ssl::context context_;
};

}  // namespace sidecache::net
