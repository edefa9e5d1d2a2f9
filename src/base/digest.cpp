#include "base/digest.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <algorithm>
#include <cstdint>
#include <stdexcept>

#include "base/secret.hpp"

namespace sidecache {

process_keys process_keys::random() {
  process_keys keys;
  if (RAND_bytes(keys.credential_key.data(), static_cast<int>(keys.credential_key.size())) != 1 ||
      RAND_bytes(reinterpret_cast<unsigned char*>(&keys.table_key), sizeof keys.table_key) != 1 ||
      RAND_bytes(reinterpret_cast<unsigned char*>(&keys.tenant_key), sizeof keys.tenant_key) != 1 ||
      RAND_bytes(keys.instance.data(), static_cast<int>(keys.instance.size())) != 1)
    throw std::runtime_error("the system's random generator gave no bytes");
  return keys;
}

digest128 keyed_digest(const std::array<unsigned char, 32>& key, std::initializer_list<std::string_view> parts) {
  std::basic_string<char, std::char_traits<char>, wiping_allocator<char>> message;
  std::size_t size = 0;
  for (const auto part : parts) size += part.size() + sizeof(std::uint64_t);
  message.reserve(size < 32 ? 32 : size);  // never inside the object: only allocated bytes are wiped
  for (const auto part : parts) {
    const std::uint64_t length = part.size();
    message.append(reinterpret_cast<const char*>(&length), sizeof length);
    message.append(part);
  }
  std::array<unsigned char, EVP_MAX_MD_SIZE> full{};
  unsigned int written = 0;
  if (HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
           reinterpret_cast<const unsigned char*>(message.data()), message.size(), full.data(), &written) == nullptr)
    throw std::runtime_error("HMAC-SHA256 failed");
  digest128 cut{};
  std::copy_n(full.begin(), cut.size(), cut.begin());
  return cut;
}

std::string to_hex(const unsigned char* bytes, std::size_t size) {
  static constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  text.reserve(size * 2);
  for (std::size_t i = 0; i < size; ++i) {
    text.push_back(digits[bytes[i] >> 4U]);
    text.push_back(digits[bytes[i] & 0xFU]);
  }
  return text;
}

}  // namespace sidecache
