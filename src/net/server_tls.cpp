#include "net/server_tls.hpp"

#include <openssl/err.h>
#include <openssl/x509.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>

#include <cstring>
#include <ctime>
#include <new>

namespace sidecache::net {
namespace {

using context = std::unique_ptr<SSL_CTX, server_tls::context_free>;

/// "cannot use the key in FILE: key values mismatch". Of a secret file not even the path is told.
std::string cannot_use(std::string_view what, std::string_view file) {
  const unsigned long code = ERR_peek_error();  // the first is the cause of the others
  const char* reason = ERR_SYSTEM_ERROR(code) ? std::strerror(ERR_GET_REASON(code))  // NOLINT(concurrency-mt-unsafe)
                                              : ERR_reason_error_string(code);
  ERR_clear_error();
  std::string text = "cannot use " + std::string(what);
  if (!file.empty()) text.append(" in ").append(file);
  return text + ": " + (reason != nullptr ? reason : "unknown reason");
}

/// An encrypted key would make OpenSSL ask for its passphrase on the terminal.
int no_passphrase(char* /*buffer*/, int /*size*/, int /*writing*/, void* /*unused*/) { return -1; }

int choose_protocol(SSL* /*ssl*/, const unsigned char** out, unsigned char* out_size, const unsigned char* in,
                    unsigned int in_size, void* /*unused*/) {
  static constexpr unsigned char ours[] = "\x08http/1.1\x08http/1.0";
  unsigned char* chosen = nullptr;
  const int result = SSL_select_next_proto(&chosen, out_size, ours, sizeof ours - 1, in, in_size);
  *out = chosen;
  return result == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

context new_context(bool only_1_3) {
  context made(SSL_CTX_new(TLS_server_method()));
  if (!made) throw std::bad_alloc();
  SSL_CTX* handle = made.get();
  SSL_CTX_set_min_proto_version(handle, only_1_3 ? TLS1_3_VERSION : TLS1_2_VERSION);
  SSL_CTX_set_cipher_list(handle, "ECDHE+AESGCM:ECDHE+CHACHA20");  // of TLS 1.2; those of 1.3 are all of this kind
  // Requests hold credentials: OpenSSL is to wipe its copy of what it has handed over.
  SSL_CTX_set_options(handle, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CLEANSE_PLAINTEXT);
  SSL_CTX_set_read_ahead(handle, 1);  // a record's head and body by one recv
  // A write goes as far as the socket takes it and its rest is tried again from wherever the bytes are then.
  SSL_CTX_set_mode(handle, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_alpn_select_cb(handle, &choose_protocol, nullptr);
  SSL_CTX_set_session_cache_mode(handle, SSL_SESS_CACHE_OFF);
  // Without one OpenSSL refuses to resume the sessions of clients with certificates.
  constexpr std::array<unsigned char, 9> sessions_of{'s', 'i', 'd', 'e', 'c', 'a', 'c', 'h', 'e'};
  SSL_CTX_set_session_id_context(handle, sessions_of.data(), sessions_of.size());
  SSL_CTX_set_default_passwd_cb(handle, &no_passphrase);
  return made;
}

std::expected<void, std::string> trust(SSL_CTX* handle, const std::string& client_ca_file) {
  STACK_OF(X509_NAME)* names = SSL_load_client_CA_file(client_ca_file.c_str());
  if (names == nullptr || SSL_CTX_load_verify_file(handle, client_ca_file.c_str()) != 1) {
    sk_X509_NAME_pop_free(names, X509_NAME_free);
    return std::unexpected(cannot_use("the authorities for clients", client_ca_file));
  }
  SSL_CTX_set_client_CA_list(handle, names);
  SSL_CTX_set_verify(handle, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  return {};
}

std::expected<context, std::string> load_context(const server_tls_settings& from) {
  ERR_clear_error();
  context made = new_context(from.only_1_3);
  SSL_CTX* handle = made.get();
  if (SSL_CTX_use_certificate_chain_file(handle, from.certificate_file.c_str()) != 1)
    return std::unexpected(cannot_use("the certificate", from.certificate_file));
  const auto& key = from.key_file.empty() ? from.certificate_file : from.key_file;
  if (SSL_CTX_use_PrivateKey_file(handle, key.c_str(), SSL_FILETYPE_PEM) != 1 || SSL_CTX_check_private_key(handle) != 1)
    return std::unexpected(
        cannot_use("the key of the certificate", from.key_file.empty() ? from.certificate_file : ""));
  if (!from.client_ca_file.empty())
    if (auto trusted = trust(handle, from.client_ca_file); !trusted) return std::unexpected(trusted.error());
  return made;
}

std::int64_t expiry_of(const SSL_CTX* handle) {
  std::tm end{};
  ASN1_TIME_to_tm(X509_get0_notAfter(SSL_CTX_get0_certificate(handle)), &end);
  return ::timegm(&end);
}

}  // namespace

std::expected<std::unique_ptr<server_tls>, std::string> server_tls::make(server_tls_settings settings) {
  std::unique_ptr<server_tls> made(new server_tls(std::move(settings)));
  made->seen_ = made->look();
  if (auto loaded = made->load(); !loaded) return std::unexpected(loaded.error());
  return made;
}

std::unique_ptr<SSL, server_tls::ssl_free> server_tls::new_connection() {
  const std::scoped_lock lock(lock_);
  std::unique_ptr<SSL, ssl_free> made(SSL_new(current_.get()));
  if (!made) throw std::bad_alloc();
  return made;
}

server_tls::change server_tls::check() {
  // Looked at before they are read: what changes meanwhile is seen the next time.
  auto now = look();
  if (now == seen_) return change::none;
  seen_ = std::move(now);
  if (const auto loaded = load(); !loaded) {
    ++refused_reloads_;
    spdlog::error("TLS files have changed but are not used: {}; the certificate from before stays", loaded.error());
    return change::refused;
  }
  ++reloads_;
  spdlog::info("TLS files have changed: new connections get the new certificate");
  return change::taken;
}

std::vector<server_tls::file_state> server_tls::look() const {
  std::vector<file_state> states;
  for (const auto* file : {&settings_.certificate_file, &settings_.key_file, &settings_.client_ca_file}) {
    struct stat found{};
    if (file->empty() || ::stat(file->c_str(), &found) != 0) found = {};
    states.push_back({static_cast<std::int64_t>(found.st_dev), static_cast<std::int64_t>(found.st_ino), found.st_size,
                      found.st_mtim.tv_sec, found.st_mtim.tv_nsec, found.st_ctim.tv_sec, found.st_ctim.tv_nsec});
  }
  return states;
}

std::expected<void, std::string> server_tls::load() {
  auto made = load_context(settings_);
  if (!made) return std::unexpected(made.error());
  expires_at_ = expiry_of(made->get());
  const std::scoped_lock lock(lock_);
  current_ = std::move(*made);
  return {};
}

}  // namespace sidecache::net
