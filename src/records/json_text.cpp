#include "records/json_text.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <system_error>

#include "base/text.hpp"

namespace sidecache::records {
namespace {

std::size_t digits_at(std::string_view text, std::size_t at) {
  std::size_t n = 0;
  while (at + n < text.size() && is_digit(text[at + n])) ++n;
  return n;
}

/// The value of four hexadecimal digits, or more than 0xFFFF.
constexpr std::uint32_t not_hex = 0x10000;
std::uint32_t hex4(std::string_view text, std::size_t at) {
  if (text.size() < at + 4) return not_hex;
  std::uint32_t value = 0;
  for (std::size_t i = at; i < at + 4; ++i) {
    const char c = text[i];
    const char low = static_cast<char>(c | 0x20);
    if (is_digit(c)) {
      value = value * 16 + static_cast<std::uint32_t>(c - '0');
    } else if (low >= 'a' && low <= 'f') {
      value = value * 16 + static_cast<std::uint32_t>(low - 'a' + 10);
    } else {
      return not_hex;
    }
  }
  return value;
}

constexpr bool is_high_surrogate(std::uint32_t unit) { return unit >= 0xD800 && unit < 0xDC00; }
constexpr bool is_low_surrogate(std::uint32_t unit) { return unit >= 0xDC00 && unit < 0xE000; }

char* write_utf8(std::uint32_t code, char* out) {
  const auto put = [&out](std::uint32_t byte) { *out++ = static_cast<char>(byte); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xC0 | (code >> 6U));
    put(0x80 | (code & 0x3FU));
  } else if (code < 0x10000) {
    put(0xE0 | (code >> 12U));
    put(0x80 | ((code >> 6U) & 0x3FU));
    put(0x80 | (code & 0x3FU));
  } else {
    put(0xF0 | (code >> 18U));
    put(0x80 | ((code >> 12U) & 0x3FU));
    put(0x80 | ((code >> 6U) & 0x3FU));
    put(0x80 | (code & 0x3FU));
  }
  return out;
}

/// What the one character after a backslash stands for, or NUL if it is none of the eight short escapes.
constexpr char short_escape(char c) {
  switch (c) {
    case '"':
      return '"';
    case '\\':
      return '\\';
    case '/':
      return '/';
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    default:
      return '\0';
  }
}

/// The code point of the \uXXXX at `at`, or of a pair of them. Moves `at` past it.
std::uint32_t code_point_at(std::string_view text, std::size_t& at) {
  const std::uint32_t unit = hex4(text, at + 2);
  at += 6;
  if (is_high_surrogate(unit) && text.substr(at, 2) == "\\u") {
    if (const std::uint32_t low = hex4(text, at + 2); is_low_surrogate(low)) {
      at += 6;
      return 0x10000 + ((unit - 0xD800) << 10U) + (low - 0xDC00);
    }
  }
  return is_high_surrogate(unit) || is_low_surrogate(unit) ? 0xFFFD : unit;
}

/// Whether a number that no double holds is too small rather than too large: a double's exponent ends near 308, so with
/// an exponent written it is the exponent's sign that decides, and without one, whether anything but 0 precedes the
/// dot.
bool is_tiny(std::string_view json_number) {
  const auto exponent = json_number.find_first_of("eE");
  if (exponent != std::string_view::npos) return json_number[exponent + 1] == '-';
  const auto first = json_number.find_first_of("123456789");
  return first != std::string_view::npos && json_number.find('.') < first;
}

}  // namespace

bool is_json_number(std::string_view text) {
  std::size_t at = !text.empty() && text[0] == '-' ? 1 : 0;
  const std::size_t whole = digits_at(text, at);
  if (whole == 0 || (whole > 1 && text[at] == '0')) return false;
  at += whole;
  if (at < text.size() && text[at] == '.') {
    const std::size_t fraction = digits_at(text, at + 1);
    if (fraction == 0) return false;
    at += 1 + fraction;
  }
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
    const std::size_t exponent = digits_at(text, at);
    if (exponent == 0) return false;
    at += exponent;
  }
  return at == text.size();
}

std::optional<double> number_of(std::string_view json_number) {
  double value = 0;
  const auto [end, error] = std::from_chars(json_number.data(), json_number.data() + json_number.size(), value);
  if (error == std::errc{}) return value;
  // Out of range both ways. Too small is a number nonetheless: 0, as every JSON reader takes it.
  return error == std::errc::result_out_of_range && is_tiny(json_number) ? std::optional<double>{0.0} : std::nullopt;
}

bool has_valid_escapes(std::string_view between_quotes) {
  for (auto at = between_quotes.find('\\'); at != std::string_view::npos; at = between_quotes.find('\\', at)) {
    if (at + 1 >= between_quotes.size()) return false;
    if (between_quotes[at + 1] == 'u') {
      if (hex4(between_quotes, at + 2) == not_hex) return false;
      at += 6;
    } else {
      if (short_escape(between_quotes[at + 1]) == '\0') return false;
      at += 2;
    }
  }
  return true;
}

std::size_t unescape(std::string_view between_quotes, char* out) {
  const char* const begin = out;
  std::size_t at = 0;
  while (at < between_quotes.size()) {
    const auto backslash = std::min(between_quotes.find('\\', at), between_quotes.size());
    std::memcpy(out, between_quotes.data() + at, backslash - at);
    out += backslash - at;
    at = backslash;
    if (at == between_quotes.size()) break;
    if (between_quotes[at + 1] == 'u') {
      out = write_utf8(code_point_at(between_quotes, at), out);
    } else {
      *out++ = short_escape(between_quotes[at + 1]);
      at += 2;
    }
  }
  return static_cast<std::size_t>(out - begin);
}

}  // namespace sidecache::records
