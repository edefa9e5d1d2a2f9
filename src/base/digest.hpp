// Keyed digests of credentials (HMAC-SHA256 by OpenSSL) and the random keys behind them.
//
// Promise 8: credentials are told apart by a keyed hash of at least 128 bits. The key is random per process and never
// leaves it, so a digest seen in a core dump or an admin answer cannot be searched for offline.
#pragma once

#include <array>
#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>

#include "base/siphash.hpp"

namespace sidecache {

/// 128 bits of an HMAC-SHA256.
using digest128 = std::array<unsigned char, 16>;

/// Randomness is passed in: the real process draws from OpenSSL's generator, tests and the simulation from a seed.
struct process_keys {
  std::array<unsigned char, 32> credential_key{};  ///< for digests of credentials
  siphash_key table_key{};                         ///< for hash tables whose keys clients choose
  siphash_key tenant_key{};  ///< for the clients of a data plane; where peers are asked, of their common secret
  std::array<unsigned char, 8> instance{};  ///< no secret: what this process calls itself in Via

  /// Keys from the system's generator. Throws std::runtime_error if it has none to give.
  static process_keys random();
};

/// HMAC-SHA256 over the parts, each preceded by its length (so that ("ab","c") and ("a","bc") differ), cut to 128 bits.
[[nodiscard]] digest128 keyed_digest(const std::array<unsigned char, 32>& key,
                                     std::initializer_list<std::string_view> parts);

/// Lower-case hexadecimal.
[[nodiscard]] std::string to_hex(const unsigned char* bytes, std::size_t size);

}  // namespace sidecache
