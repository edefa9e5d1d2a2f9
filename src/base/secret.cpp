#include "base/secret.hpp"

#include <openssl/crypto.h>

namespace sidecache {

void wipe(void* bytes, std::size_t size) noexcept {
  if (size > 0) OPENSSL_cleanse(bytes, size);
}

bool equal_in_constant_time(std::string_view a, std::string_view b) noexcept {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace sidecache
