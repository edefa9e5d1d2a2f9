// The bytes and lines that heads and trailer sections are made of (RFC 9110 §5, RFC 9112 §2.2).
#pragma once

#include <array>
#include <expected>
#include <string_view>

#include "http/fields.hpp"
#include "http/head_rules.hpp"

namespace sidecache::http {

namespace detail {

enum byte_class : unsigned char { token_byte = 1, text_byte = 2, target_byte = 4 };

constexpr std::array<unsigned char, 256> make_byte_classes() {
  std::array<unsigned char, 256> classes{};
  for (unsigned c = 0x21; c < 0x7F; ++c) classes[c] = text_byte | target_byte;
  for (unsigned c = 0x80; c < 0x100; ++c) classes[c] = text_byte;  // obs-text: legal in values, opaque to us
  classes[' '] = text_byte;
  classes['\t'] = text_byte;
  classes['#'] = text_byte;  // a fragment never travels (RFC 9110 §4.2.5): what follows it, peers cut or keep
  for (unsigned c = '0'; c <= '9'; ++c) classes[c] |= token_byte;
  for (unsigned c = 'A'; c <= 'Z'; ++c) classes[c] |= token_byte;
  for (unsigned c = 'a'; c <= 'z'; ++c) classes[c] |= token_byte;
  for (const char c : std::string_view("!#$%&'*+-.^_`|~")) classes[static_cast<unsigned char>(c)] |= token_byte;
  return classes;
}
inline constexpr auto byte_classes = make_byte_classes();

constexpr bool all_of_class(std::string_view text, byte_class wanted) {
  for (const char c : text)
    if ((byte_classes[static_cast<unsigned char>(c)] & wanted) == 0) return false;
  return true;
}

}  // namespace detail

/// All of the class text_byte: what may stand in a field's value (RFC 9110 §5.5). Eight at a time where there are none
/// below 0x20 and no DEL, as in most.
[[nodiscard]] bool is_text(std::string_view text);

/// RFC 9110 §5.6.2.
[[nodiscard]] constexpr bool is_token(std::string_view text) {
  return !text.empty() && detail::all_of_class(text, detail::token_byte);
}
/// Printable ASCII without the space, at least one byte of it.
[[nodiscard]] bool is_visible(std::string_view text);
[[nodiscard]] constexpr bool is_target_text(std::string_view text) {
  return !text.empty() && detail::all_of_class(text, detail::target_byte);
}

/// The text of a line without its CRLF, or its flaw. `line` ends with the first LF.
[[nodiscard]] std::expected<std::string_view, flaw> check_line(std::string_view line);

/// Splits a line that check_line() passed.
[[nodiscard]] std::expected<field, flaw> split_field_line(std::string_view text);

}  // namespace sidecache::http
