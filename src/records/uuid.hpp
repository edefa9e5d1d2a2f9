// UUIDs as control planes write them (RFC 9562 §4): 8-4-4-4-12 hexadecimal digits, compared without case.
#pragma once

#include <string_view>

#include "base/text.hpp"

namespace sidecache::records {

[[nodiscard]] constexpr bool is_uuid(std::string_view text) {
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = to_lower(text[i]);
    const bool hyphen = i == 8 || i == 13 || i == 18 || i == 23;
    if (hyphen ? c != '-' : !((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) return false;
  }
  return true;
}

}  // namespace sidecache::records
