// Slugs that need no memory: a text with a number in it, "load-%d", both ways. Immutable.
//
// Each number has one text and each text at most one number: "load-07" is no slug of "load-%d", and of "load-%03d" it
// is "load-007".
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

namespace sidecache {

class slug_format {
 public:
  /// One %d, or %05d to be filled up with zeros, among text that may stand in a path as it is. The error says what was
  /// expected.
  [[nodiscard]] static std::expected<slug_format, std::string> parse(std::string_view text);

  void append(std::uint64_t number, std::string& to) const;
  /// The number that append() would make this text of.
  [[nodiscard]] std::optional<std::uint64_t> number_of(std::string_view slug) const;

 private:
  std::string before_, after_;
  unsigned digits_ = 0;  ///< at least so many
};

}  // namespace sidecache
