// The scalars of JSON (RFC 8259 §6, §7): numbers and the escapes in strings. Pure, never reads outside its argument.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace sidecache::records {

/// True if the whole text is a JSON number.
[[nodiscard]] bool is_json_number(std::string_view text);

/// The value of a JSON number of 1 to 15 digits and nothing else: any such fits in a double's 53 bits. Empty for
/// others.
[[nodiscard]] inline std::optional<double> small_whole_number(std::string_view text) {
  if (text.empty() || text.size() > 15 || (text[0] == '0' && text.size() > 1)) return std::nullopt;
  std::int64_t value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  return static_cast<double>(value);
}

/// The value of a JSON number; empty if no double holds it (1e400). Too small ones are 0.
[[nodiscard]] std::optional<double> number_of(std::string_view json_number);

/// True if each backslash begins a valid escape. Lone surrogates are valid here, as in the RFC's grammar: JavaScript
/// writes them where it cut a text in the middle of an emoji.
[[nodiscard]] bool has_valid_escapes(std::string_view between_quotes);

/// Undoes escapes. `out` must have room for as many bytes as `between_quotes` has, whose escapes are valid; returns how
/// many were written. A lone surrogate becomes U+FFFD, \u0000 a NUL byte.
[[nodiscard]] std::size_t unescape(std::string_view between_quotes, char* out);

}  // namespace sidecache::records
