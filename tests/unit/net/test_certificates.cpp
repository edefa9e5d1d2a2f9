#include "unit/net/test_certificates.hpp"

#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdio>
#include <filesystem>
#include <stdexcept>

namespace sidecache::net::in_tests {
namespace {

void must(bool succeeded, const char* what) {
  if (!succeeded) throw std::runtime_error(what);
}

void add_extension(X509* certificate, X509* issuer, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* made = X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str());
  must(made != nullptr, "extension");
  X509_add_ext(certificate, made, -1);
  X509_EXTENSION_free(made);
}

struct open_file {
  std::string path;
  FILE* stream;
};

open_file new_file() {
  std::string path = std::filesystem::temp_directory_path() / "sidecache-test-XXXXXX";
  const int descriptor = ::mkstemp(path.data());
  must(descriptor >= 0, "temporary file");
  return {path, ::fdopen(descriptor, "w")};
}

int next_protocol(SSL* /*ssl*/, const unsigned char** out, unsigned char* out_size, const unsigned char* in,
                  unsigned int in_size, void* /*unused*/) {
  static const unsigned char ours[] = "\x08http/1.1";
  unsigned char* chosen = nullptr;
  const int result = SSL_select_next_proto(&chosen, out_size, ours, sizeof(ours) - 1, in, in_size);
  *out = chosen;
  return result == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

}  // namespace

identity make_identity(const wanted& what) {
  static std::atomic<long> serial{1};
  identity made{key_ptr(EVP_EC_gen("P-256")), certificate_ptr(X509_new())};
  must(made.key && made.certificate, "key");
  X509* certificate = made.certificate.get();
  X509_set_version(certificate, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), serial++);
  X509_gmtime_adj(X509_getm_notBefore(certificate), -7200);
  X509_gmtime_adj(X509_getm_notAfter(certificate), what.valid_seconds);
  X509_set_pubkey(certificate, made.key.get());
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(what.common_name.c_str()), -1, -1, 0);
  X509* issuer = what.issuer ? what.issuer->certificate.get() : certificate;
  X509_set_issuer_name(certificate, X509_get_subject_name(issuer));
  add_extension(certificate, issuer, NID_basic_constraints, what.authority ? "critical,CA:TRUE" : "CA:FALSE");
  if (!what.alternative_names.empty()) add_extension(certificate, issuer, NID_subject_alt_name, what.alternative_names);
  EVP_PKEY* signer = what.issuer ? what.issuer->key.get() : made.key.get();
  must(X509_sign(certificate, signer, EVP_sha256()) > 0, "sign");
  return made;
}

pem_file::pem_file(const X509& certificate) {
  const auto [path, stream] = new_file();
  path_ = path;
  PEM_write_X509(stream, &certificate);
  std::fclose(stream);
}

pem_file::pem_file(const EVP_PKEY& key) {
  const auto [path, stream] = new_file();
  path_ = path;
  PEM_write_PrivateKey(stream, &key, nullptr, nullptr, 0, nullptr, nullptr);
  std::fclose(stream);
}

pem_file::~pem_file() { ::unlink(path_.c_str()); }

context_ptr make_server_context(const identity& self, const identity* clients) {
  context_ptr context(SSL_CTX_new(TLS_server_method()));
  SSL_CTX_use_certificate(context.get(), self.certificate.get());
  SSL_CTX_use_PrivateKey(context.get(), self.key.get());
  SSL_CTX_set_alpn_select_cb(context.get(), &next_protocol, nullptr);
  constexpr std::array<unsigned char, 4> sessions_of{'t', 'e', 's', 't'};
  SSL_CTX_set_session_id_context(context.get(), sessions_of.data(), sessions_of.size());
  if (clients) {
    X509_STORE_add_cert(SSL_CTX_get_cert_store(context.get()), clients->certificate.get());
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  }
  return context;
}

}  // namespace sidecache::net::in_tests
