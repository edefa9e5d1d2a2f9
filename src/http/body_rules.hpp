// What the framing of a chunked body must not be (RFC 9112 §7.1): one row a rule, one test a row. Its lines are held to
// the rules of head_rules.hpp besides.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sidecache::http {

enum class body_flaw : std::uint8_t {
  size_no_digits,
  size_overflow,
  size_not_alone,
  size_line_too_long,
  chunk_overrun,
  framing_outweighs,
  trailers_too_long,
};

struct body_rule {
  body_flaw broken;
  std::string_view why;
};

/// The code of them all, in answers and logs: clients can do nothing about one that they could not about another.
constexpr std::string_view body_rule_code = "bad_body";

constexpr std::array body_rules{
    body_rule{body_flaw::size_no_digits, "a chunk's size is not hexadecimal digits (RFC 9112 section 7.1)"},
    body_rule{body_flaw::size_overflow, "a chunk's size overflows: it is over 2^63-1 (RFC 9112 section 7.1)"},
    body_rule{body_flaw::size_not_alone,
              "a chunk's size is followed by something that is no extension (RFC 9112 section 7.1.1)"},
    body_rule{body_flaw::size_line_too_long, "a chunk's size line is over its limit (RFC 9112 section 7.1.1)"},
    body_rule{body_flaw::chunk_overrun, "a chunk is longer than its size (RFC 9112 section 7.1)"},
    body_rule{body_flaw::framing_outweighs, "the framing of the chunks outweighs the body (RFC 9112 section 7.1.1)"},
    body_rule{body_flaw::trailers_too_long, "the trailer section is over its limit (RFC 9112 section 7.1.2)"},
};
[[nodiscard]] constexpr const body_rule& rule_of(body_flaw f) { return body_rules.at(static_cast<std::size_t>(f)); }

}  // namespace sidecache::http
