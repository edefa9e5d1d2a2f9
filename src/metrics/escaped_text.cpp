#include "metrics/escaped_text.hpp"

#include <simdjson.h>

namespace sidecache::metrics {
namespace {

constexpr std::string_view hex = "0123456789abcdef";

void append_hex(std::string& to, std::string_view introducer, unsigned char byte) {
  to.append(introducer).append(1, hex[byte >> 4U]).append(1, hex[byte & 0x0FU]);
}

bool is_control(unsigned char byte) { return byte < 0x20 || byte == 0x7F; }

/// C1 controls are two bytes in UTF-8, 0xC2 0x80 to 0xC2 0x9F; terminals obey some of them.
bool is_c1_lead(std::string_view text, std::size_t i) {
  return static_cast<unsigned char>(text[i]) == 0xC2 && i + 1 < text.size() &&
         static_cast<unsigned char>(text[i + 1]) < 0xA0;
}

void append_visible(std::string& to, std::string_view text, bool quotes_too) {
  const bool utf8 = simdjson::validate_utf8(text.data(), text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (is_control(byte) || (byte > 0x7F && !utf8)) {
      append_hex(to, "\\x", byte);
    } else if (utf8 && is_c1_lead(text, i)) {
      append_hex(to, "\\x", static_cast<unsigned char>(text[++i]));
    } else {
      if (byte == '\\' || (byte == '"' && quotes_too)) to.push_back('\\');
      to.push_back(text[i]);
    }
  }
}

}  // namespace

void append_json_string(std::string& to, std::string_view text) {
  const bool utf8 = simdjson::validate_utf8(text.data(), text.size());
  to.push_back('"');
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (is_control(byte)) {
      append_hex(to, "\\u00", byte);
    } else if (byte > 0x7F && !utf8) {
      to.append("\xEF\xBF\xBD");
    } else if (is_c1_lead(text, i)) {
      append_hex(to, "\\u00", static_cast<unsigned char>(text[++i]));
    } else {
      if (byte == '\\' || byte == '"') to.push_back('\\');
      to.push_back(text[i]);
    }
  }
  to.push_back('"');
}

void append_one_line(std::string& to, std::string_view text) { append_visible(to, text, false); }

void append_quoted(std::string& to, std::string_view text) {
  to.push_back('"');
  append_visible(to, text, true);
  to.push_back('"');
}

}  // namespace sidecache::metrics
