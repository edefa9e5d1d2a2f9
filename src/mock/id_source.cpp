#include "mock/id_source.hpp"

#include <array>

#include "base/digest.hpp"
#include "base/siphash.hpp"

namespace sidecache::mock {

std::string id_source::uuid_of(std::string_view name) const {
  std::array<unsigned char, 16> bytes{};
  for (std::uint64_t half = 0; half < 2; ++half) {
    std::uint64_t word = siphash({seed_, half}, name);
    for (std::size_t i = 0; i < 8; ++i, word >>= 8U) bytes[half * 8 + i] = static_cast<unsigned char>(word & 0xFFU);
  }
  bytes[6] = static_cast<unsigned char>((bytes[6] & 0x0FU) | 0x40U);  // RFC 9562 §5.4: version 4 and the variant
  bytes[8] = static_cast<unsigned char>((bytes[8] & 0x3FU) | 0x80U);
  std::string text = to_hex(bytes.data(), bytes.size());
  for (const std::size_t dash : {8U, 13U, 18U, 23U}) text.insert(dash, 1, '-');
  return text;
}

std::string id_source::next_suffix() { return uuid_of("slug/" + std::to_string(++records_)).substr(0, 6); }

std::uint64_t chance::next() {
  state_ += 0x9E3779B97F4A7C15ULL;
  std::uint64_t z = state_;
  z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9ULL;
  z = (z ^ (z >> 27U)) * 0x94D049BB133111EBULL;
  return z ^ (z >> 31U);
}

}  // namespace sidecache::mock
