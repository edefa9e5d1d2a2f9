// Certificates made on the spot, for servers and clients in tests.
#pragma once

#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <memory>
#include <string>

namespace sidecache::net::in_tests {

template <auto Free>
struct freed_by {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};
using key_ptr = std::unique_ptr<EVP_PKEY, freed_by<EVP_PKEY_free>>;
using certificate_ptr = std::unique_ptr<X509, freed_by<X509_free>>;
using context_ptr = std::unique_ptr<SSL_CTX, freed_by<SSL_CTX_free>>;

struct identity {
  key_ptr key;
  certificate_ptr certificate;
};

struct wanted {
  std::string common_name = "test";
  std::string alternative_names = {};  ///< "DNS:cp.test,IP:127.0.0.1"; empty: none
  bool authority = false;
  long valid_seconds = 3600;         ///< negative: expired
  const identity* issuer = nullptr;  ///< null: signs itself
};

[[nodiscard]] identity make_identity(const wanted& what);

/// A file that is gone when the test is.
class pem_file {
 public:
  explicit pem_file(const X509& certificate);
  explicit pem_file(const EVP_PKEY& key);
  pem_file(const pem_file&) = delete;
  pem_file& operator=(const pem_file&) = delete;
  ~pem_file();
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

/// Accepts TLS as that identity. With `clients`, only clients that show a certificate signed by it.
[[nodiscard]] context_ptr make_server_context(const identity& self, const identity* clients = nullptr);

}  // namespace sidecache::net::in_tests
