// A control plane that does exactly what a test's script says, on a real socket: one thread and one script a
// connection, in the order in which they come; the last script serves all further ones.
#pragma once

#include <openssl/ssl.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace sidecache::net::in_tests {

/// One accepted connection. Blocking; used by its script's thread alone.
class peer {
 public:
  peer(int socket, SSL* tls) : socket_(socket), tls_(tls) {}
  peer(const peer&) = delete;
  peer& operator=(const peer&) = delete;
  ~peer();

  /// Up to and with the blank line; "" if the client is gone.
  std::string read_head();
  /// Exactly so many bytes of what follows, or fewer if the client is gone.
  std::string read_bytes(std::size_t count);
  /// False if the client is gone.
  bool send(std::string_view bytes);
  /// A complete answer with that body.
  void answer(std::string_view body, std::string_view fields = "", std::string_view status = "200 OK");
  /// A plain connection goes on as TLS, as behind a CONNECT. False if the client doesn't want it.
  bool start_tls(SSL_CTX* context);
  /// TLS: close_notify. The connection stays open.
  void say_goodbye();
  /// RST instead of FIN when the script ends.
  void reset_at_end();
  /// Waits for the client's end; true when it came without any further byte.
  bool client_leaves();
  [[nodiscard]] bool session_was_resumed() const { return SSL_session_reused(tls_) == 1; }
  [[nodiscard]] SSL* tls() const { return tls_; }

 private:
  int receive(char* at, int size);

  int socket_;
  SSL* tls_;
  std::string ahead_;  // received, not asked for yet
};

using script = std::function<void(peer&)>;

class scripted_server {
 public:
  /// With `tls` (which must outlive it) every connection begins with a handshake; if that fails, its script is skipped.
  explicit scripted_server(std::vector<script> scripts, SSL_CTX* tls = nullptr, bool ipv6 = false);
  scripted_server(const scripted_server&) = delete;
  scripted_server& operator=(const scripted_server&) = delete;
  ~scripted_server();

  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] std::string url(std::string_view scheme = "http") const;
  [[nodiscard]] int connections() const { return connections_; }
  /// How many of them this side has closed.
  [[nodiscard]] int closed() const { return closed_; }
  /// No longer there: later connections are refused.
  void stop_listening();

 private:
  void accept_all();
  void serve(int socket, std::size_t index);

  std::vector<script> scripts_;
  SSL_CTX* tls_;
  int listener_;
  std::uint16_t port_ = 0;
  bool ipv6_;
  std::atomic<int> connections_{0};
  std::atomic<int> closed_{0};
  std::atomic<bool> stopping_{false};
  std::mutex lock_;
  std::vector<int> open_;  // guarded by lock_: woken up at the end
  std::vector<std::jthread> threads_;
  std::jthread acceptor_;
};

}  // namespace sidecache::net::in_tests
