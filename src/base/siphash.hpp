// SipHash-1-3 (Aumasson and Bernstein, 2012) with 64 bits of output: the keyed hash behind tables whose keys a client
// chooses. With a random key nobody outside can aim at one bucket. OpenSSL's SIPHASH costs 0.3 us to set up per use,
// ten times the hash itself, which is why these lines stand here. It tells nothing apart by itself: tables compare
// keys.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace sidecache {

struct siphash_key {
  std::uint64_t k0 = 0;
  std::uint64_t k1 = 0;
};

namespace detail {

struct sip_state {
  std::uint64_t v0, v1, v2, v3;

  void round() {
    v0 += v1;
    v1 = std::rotl(v1, 13) ^ v0;
    v0 = std::rotl(v0, 32);
    v2 += v3;
    v3 = std::rotl(v3, 16) ^ v2;
    v0 += v3;
    v3 = std::rotl(v3, 21) ^ v0;
    v2 += v1;
    v1 = std::rotl(v1, 17) ^ v2;
    v2 = std::rotl(v2, 32);
  }
};

}  // namespace detail

/// The hash of texts that begin alike, whose beginning is then paid for once: the words of the beginning are in, what
/// is left of it waits for the rest.
class siphash_prefix {
 public:
  siphash_prefix() = default;
  siphash_prefix(siphash_key key, std::string_view bytes)
      : state_{key.k0 ^ 0x736f6d6570736575ULL, key.k1 ^ 0x646f72616e646f6dULL, key.k0 ^ 0x6c7967656e657261ULL,
               key.k1 ^ 0x7465646279746573ULL},
        size_(bytes.size()) {
    take(state_, bytes, waiting_, waiting_bits_);
  }

  /// siphash(key, beginning + rest).
  [[nodiscard]] std::uint64_t with(std::string_view rest) const {
    detail::sip_state s = state_;
    std::uint64_t last = waiting_;
    unsigned bits = waiting_bits_;
    take(s, rest, last, bits);
    last |= static_cast<std::uint64_t>(size_ + rest.size()) << 56U;
    s.v3 ^= last;
    s.round();
    s.v0 ^= last;
    s.v2 ^= 0xFF;
    s.round();
    s.round();
    s.round();
    return s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
  }

 private:
  /// Little-endian machines only, as all that Debian's clang-19 packages serve here.
  static void take(detail::sip_state& s, std::string_view bytes, std::uint64_t& waiting, unsigned& bits) {
    const char* at = bytes.data();
    std::size_t left = bytes.size();
    const unsigned free = 64 - bits;  // of the word that waits
    for (; left >= 8; left -= 8, at += 8) {
      std::uint64_t word = 0;
      std::memcpy(&word, at, 8);
      const std::uint64_t whole = waiting | (word << bits);
      waiting = bits == 0 ? 0 : word >> free;
      s.v3 ^= whole;
      s.round();
      s.v0 ^= whole;
    }
    if (left == 0) return;
    const std::uint64_t last = last_of(bytes, left);
    waiting |= last << bits;
    bits += 8 * static_cast<unsigned>(left);
    if (bits < 64) return;
    s.v3 ^= waiting;
    s.round();
    s.v0 ^= waiting;
    bits -= 64;
    waiting = bits == 0 ? 0 : last >> free;
  }
  /// The last `n` bytes, 1 to 7, as a number.
  static std::uint64_t last_of(std::string_view bytes, std::size_t n) {
    std::uint64_t word = 0;
    if (bytes.size() >= 8) {
      std::memcpy(&word, bytes.data() + bytes.size() - 8, 8);
      return word >> (64 - 8 * n);
    }
    for (std::size_t i = 0; i < n; ++i) word |= std::uint64_t{static_cast<unsigned char>(bytes[i])} << (8 * i);
    return word;
  }

  detail::sip_state state_{};
  std::uint64_t waiting_ = 0;  ///< bytes that make no word yet
  unsigned waiting_bits_ = 0;  ///< a multiple of 8, below 64
  std::size_t size_ = 0;
};

inline std::uint64_t siphash(siphash_key key, std::string_view bytes) { return siphash_prefix(key, bytes).with({}); }

}  // namespace sidecache
