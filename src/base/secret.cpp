#include "base/secret.hpp"

#include <openssl/crypto.h>
#include <string.h>  // NOLINT(modernize-deprecated-headers): explicit_bzero is not in <cstring> everywhere

namespace sidecache {

void wipe(void* bytes, std::size_t size) noexcept {
  if (size > 0) ::explicit_bzero(bytes, size);
}

bool equal_in_constant_time(std::string_view a, std::string_view b) noexcept {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace sidecache
