// What the scan of a head (head_rules.hpp) notes of its fields on the way: all that decides where messages end, and who
// is asked. Of head_rules.cpp alone.
#pragma once

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <expected>
#include <limits>
#include <optional>
#include <string_view>

#include "base/text.hpp"
#include "http/field_line.hpp"
#include "http/head_rules.hpp"

namespace sidecache::http {

/// reg-name, IPv4 or bracketed IPv6, and a port; no user information, no list.
inline bool is_host(std::string_view text) {
  for (const char c : text)
    if (!is_token(std::string_view(&c, 1)) && c != ':' && c != '[' && c != ']') return false;
  return !text.empty();
}

/// Fields that say who asks, for what and with which body. `Connection` takes what it names out of a request on its way
/// (RFC 9110 §7.6.1 forbids senders to name fields for all recipients): naming these would send the control plane a
/// request of nobody, or another one than the client's.
inline bool is_for_the_origin(std::string_view name) {
  constexpr std::array fields{"authorization", "cookie", "host", "content-length", "content-type"};
  return starts_with_ignoring_case(name, "x-portkey-") ||
         std::ranges::any_of(fields, [&](std::string_view each) { return equal_ignoring_case(each, name); });
}

inline std::expected<std::uint64_t, flaw> parse_length(std::string_view value) {
  if (value.empty() || value.find_first_not_of("0123456789") != std::string_view::npos)
    return std::unexpected(flaw::bad_length);
  constexpr std::uint64_t longest_length = std::numeric_limits<std::int64_t>::max();
  std::uint64_t length = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), length);
  if (error != std::errc{} || length > longest_length) return std::unexpected(flaw::length_overflow);
  return length;
}

/// Fields that decide where messages end. Repetitions are told by what was noted before.
class field_notes {
 public:
  explicit field_notes(head_facts& facts) : facts_(facts) {}

  std::optional<flaw> note(const field& line) {
    const auto [name, value] = line;
    switch (name.size()) {  // most fields are none of these: do not compare them
      case 4:
        return equal_ignoring_case(name, "host") ? note_host(value) : std::nullopt;
      case 6:
        return equal_ignoring_case(name, "expect") ? note_expect(value) : std::nullopt;
      case 10:
        return equal_ignoring_case(name, "connection") ? note_connection(value) : std::nullopt;
      case 14:
        return equal_ignoring_case(name, "content-length") ? note_length(value) : std::nullopt;
      case 17:
        return equal_ignoring_case(name, "transfer-encoding") ? note_coding(value) : std::nullopt;
      default:
        return std::nullopt;
    }
  }

  /// What only the whole head can tell.
  [[nodiscard]] std::optional<flaw> conclude() const {
    if (facts_.coding && facts_.length) return flaw::conflicting_framing;
    if (facts_.coding && facts_.version == 10) return flaw::coding_in_http10;
    return std::nullopt;
  }
  [[nodiscard]] std::optional<flaw> conclude_request() const {
    if (!facts_.host && facts_.version == 11) return flaw::missing_host;
    if (unknown_expectation_ && facts_.version == 11) return flaw::unknown_expectation;
    if (nominated_) return flaw::nominated_field;
    return conclude();
  }

 private:
  std::optional<flaw> note_host(std::string_view value) {
    if (facts_.host) return flaw::repeated_host;
    if (!is_host(value)) return flaw::bad_host;
    facts_.host = value;
    return std::nullopt;
  }
  std::optional<flaw> note_expect(std::string_view value) {
    facts_.expects = equal_ignoring_case(value, "100-continue");
    unknown_expectation_ = unknown_expectation_ || !facts_.expects;
    return std::nullopt;
  }
  std::optional<flaw> note_connection(std::string_view value) {
    bool tokens = true;
    for_each_list_member(value, [&](std::string_view member) {
      tokens = tokens && is_token(member);
      nominated_ = nominated_ || is_for_the_origin(member);
      facts_.close = facts_.close || equal_ignoring_case(member, "close");
      facts_.keep_alive = facts_.keep_alive || equal_ignoring_case(member, "keep-alive");
    });
    return tokens ? std::nullopt : std::optional(flaw::bad_connection);
  }
  std::optional<flaw> note_length(std::string_view value) {
    if (facts_.length) return flaw::repeated_length;
    const auto length = parse_length(value);
    if (!length) return length.error();
    facts_.length = *length;
    return std::nullopt;
  }
  std::optional<flaw> note_coding(std::string_view value) {
    if (facts_.coding || !equal_ignoring_case(value, "chunked")) return flaw::unsupported_coding;
    facts_.coding = true;
    return std::nullopt;
  }

  head_facts& facts_;
  bool unknown_expectation_ = false;
  bool nominated_ = false;  ///< Connection names what is for the origin
};

}  // namespace sidecache::http
