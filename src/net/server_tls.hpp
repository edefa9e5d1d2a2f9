// TLS towards clients: the certificate that is shown, whom clients must be signed by, and what became of handshakes.
//
// Theory of operation: the files are read into an SSL_CTX of OpenSSL, which nobody changes any more; each connection is
// made from the newest one and keeps it. check() looks at the files (device, inode, size and times, behind symbolic
// links, so that a Kubernetes secret's swapped directory counts), and if one has changed reads all of them into a new
// SSL_CTX. If they can't be used, say because a key doesn't fit its certificate since only one has been replaced yet,
// the old one stays and the next change is waited for.
// A new SSL_CTX has new keys for session tickets: nobody resumes a session that was begun under other authorities.
// Sessions are resumed by tickets alone, so that none are kept here.
//
// TLS 1.2 needs a forward-secret AEAD cipher; no compression, no renegotiation; ALPN http/1.1, and a client that
// offers only other protocols is refused (RFC 7301 §3.2).
// Threads: any; check() on one at a time. Outlives the servers that use it.
#pragma once

#include <openssl/ssl.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <expected>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"

namespace sidecache::net {

struct server_tls_settings {
  std::string certificate_file;
  std::string key_file;        ///< "": in the certificate's file
  std::string client_ca_file;  ///< "": clients need no certificate
  bool only_1_3 = false;
};

/// What became of a handshake.
enum class handshake_result : std::uint8_t {
  ok,
  resumed,
  timeout,
  client_left,         ///< closed or reset in the middle
  client_certificate,  ///< none, or none that is trusted
  plain_http,          ///< a request in clear
  failed,              ///< no common version, cipher or protocol, or no TLS at all; the client may have refused us
};
constexpr std::array<std::string_view, 7> handshake_result_names{
    "ok", "resumed", "timeout", "client_left", "client_certificate", "plain_http", "failed"};

class server_tls {
 public:
  struct context_free {
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  };
  struct ssl_free {
    void operator()(SSL* ssl) const { SSL_free(ssl); }
  };

  /// The error says which file can't be used, and why.
  static std::expected<std::unique_ptr<server_tls>, std::string> make(server_tls_settings settings);

  /// For a new connection. Throws std::bad_alloc.
  [[nodiscard]] std::unique_ptr<SSL, ssl_free> new_connection();
  void count(handshake_result result) { ++results_[static_cast<std::size_t>(result)]; }

  enum class change : std::uint8_t { none, taken, refused };
  /// Reads the files again if one has changed. Logs what it finds.
  change check();

  [[nodiscard]] std::uint64_t handshakes(handshake_result result) const {
    return results_[static_cast<std::size_t>(result)];
  }
  [[nodiscard]] std::uint64_t reloads() const { return reloads_; }
  [[nodiscard]] std::uint64_t refused_reloads() const { return refused_reloads_; }
  /// Of the certificate that is shown, in seconds since the Unix epoch.
  [[nodiscard]] std::int64_t expires_at() const { return expires_at_; }

 private:
  using context = std::unique_ptr<SSL_CTX, context_free>;
  /// What stat(2) says of a file; all zero if there is none.
  using file_state = std::array<std::int64_t, 7>;

  explicit server_tls(server_tls_settings settings) : settings_(std::move(settings)) {}
  [[nodiscard]] std::vector<file_state> look() const;
  [[nodiscard]] std::expected<void, std::string> load();

  server_tls_settings settings_;
  std::vector<file_state> seen_;
  std::mutex lock_;  // a connection, not a request, takes it
  context current_;  // guarded by lock_
  std::atomic<std::int64_t> expires_at_ = 0;
  std::atomic<std::uint64_t> reloads_ = 0;
  std::atomic<std::uint64_t> refused_reloads_ = 0;
  std::array<std::atomic<std::uint64_t>, handshake_result_names.size()> results_{};
};

}  // namespace sidecache::net
