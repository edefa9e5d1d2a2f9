#include "net/upstream_tls.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <new>

namespace sidecache::net {
namespace {

namespace ssl = boost::asio::ssl;

/// Where an SSL_CTX keeps the way back to its upstream_tls (Asio uses the application's slot itself).
int owner_slot() {
  static const int slot = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return slot;
}

std::string cannot_use(const char* what, const std::string& file, const boost::system::error_code& error) {
  return std::string("cannot use ") + what + " " + file + ": " + error.message();
}

}  // namespace

upstream_tls::upstream_tls(const upstream_url& url)
    : host_(url.host), is_address_(url.is_address), context_(ssl::context::tls_client) {
  SSL_CTX* handle = context_.native_handle();
  SSL_CTX_set_min_proto_version(handle, TLS1_2_VERSION);
  SSL_CTX_set_options(handle, SSL_OP_CLEANSE_PLAINTEXT);  // records hold keys: OpenSSL is to wipe its copy of them
  context_.set_verify_mode(ssl::verify_peer);
  constexpr unsigned char http11[] = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
  SSL_CTX_set_alpn_protos(handle, http11, sizeof(http11));
  // OpenSSL's own store is keyed by session id, which TLS 1.3 tickets do not have: the sessions are kept here.
  SSL_CTX_set_session_cache_mode(handle, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL_STORE);
  SSL_CTX_set_ex_data(handle, owner_slot(), this);
  SSL_CTX_sess_set_new_cb(handle, &upstream_tls::on_new_session);
}

std::expected<std::unique_ptr<upstream_tls>, std::string> upstream_tls::make(const upstream_settings& settings,
                                                                             const upstream_url& url) {
  std::unique_ptr<upstream_tls> made(new upstream_tls(url));
  if (auto loaded = made->load(settings); !loaded) return std::unexpected(loaded.error());
  return made;
}

std::expected<void, std::string> upstream_tls::load(const upstream_settings& settings) {
  boost::system::error_code error;
  if (settings.ca_file.empty()) {
    context_.set_default_verify_paths(error);
    if (error) return std::unexpected("cannot load the system's certificate authorities: " + error.message());
  } else {
    context_.load_verify_file(settings.ca_file, error);
    if (error) return std::unexpected(cannot_use("the certificate authorities in", settings.ca_file, error));
  }
  if (settings.client_certificate_file.empty()) {
    if (!settings.client_key_file.empty()) return std::unexpected("a client key is set without a client certificate");
    return {};
  }
  context_.use_certificate_chain_file(settings.client_certificate_file, error);
  if (error) return std::unexpected(cannot_use("the client certificate", settings.client_certificate_file, error));
  const auto& key = settings.client_key_file.empty() ? settings.client_certificate_file : settings.client_key_file;
  context_.use_private_key_file(key, ssl::context::pem, error);
  if (error) return std::unexpected(cannot_use("the client key", key, error));
  return {};
}

int upstream_tls::on_new_session(SSL* ssl, SSL_SESSION* session) {
  auto* owner = static_cast<upstream_tls*>(SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), owner_slot()));
  const std::scoped_lock lock(owner->session_lock_);
  owner->session_.reset(session);
  return 1;  // the reference is kept
}

std::unique_ptr<upstream_tls::stream> upstream_tls::wrap(boost::asio::ip::tcp::socket& socket) {
  auto made = std::make_unique<stream>(socket, context_);
  SSL* handle = made->native_handle();
  X509_VERIFY_PARAM* expected = SSL_get0_param(handle);
  X509_VERIFY_PARAM_set_hostflags(expected, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT | X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  // An unset name would verify any certificate of a known authority: out of memory must not lead there.
  bool named = false;
  if (is_address_) {
    named = X509_VERIFY_PARAM_set1_ip_asc(expected, host_.c_str()) == 1;
  } else {
    named = X509_VERIFY_PARAM_set1_host(expected, host_.data(), host_.size()) == 1 &&
            SSL_set_tlsext_host_name(handle, host_.c_str()) == 1;
  }
  if (!named) throw std::bad_alloc();
  const std::scoped_lock lock(session_lock_);
  if (session_ && SSL_SESSION_is_resumable(session_.get()) == 1) SSL_set_session(handle, session_.get());
  return made;
}

std::string upstream_tls::explain(stream& failed, const boost::system::error_code& error) {
  const long verdict = SSL_get_verify_result(failed.native_handle());
  if (verdict != X509_V_OK) return std::string("certificate refused: ") + X509_verify_cert_error_string(verdict);
  return "handshake failed: " + error.message();
}

void upstream_tls::mark_healthy(stream& ending) {
  SSL_set_shutdown(ending.native_handle(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
}

}  // namespace sidecache::net
