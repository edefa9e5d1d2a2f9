// UUIDs as control planes write them (RFC 9562 §4): 8-4-4-4-12 hexadecimal digits, compared without case.
#pragma once

#include <cstddef>
#include <string_view>

namespace sidecache::records {

[[nodiscard]] constexpr bool is_uuid(std::string_view text) {
  // Most slugs are told apart by their length alone.
  if (text.size() != 36 || text[8] != '-' || text[13] != '-' || text[18] != '-' || text[23] != '-') return false;
  std::size_t digits = 0;
  for (const char c : text) {
    const auto is_digit = static_cast<unsigned char>(c - '0') < 10;
    const auto is_letter = static_cast<unsigned char>((c | 0x20) - 'a') < 6;
    digits += static_cast<std::size_t>(is_digit || is_letter);
  }
  return digits == 32;
}

}  // namespace sidecache::records
