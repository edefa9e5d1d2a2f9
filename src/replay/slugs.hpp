// The slugs that a generated workload asks for, by rank: numbered ones that need no memory, or a list. Immutable.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "base/slug_format.hpp"

namespace sidecache::replay {

class slugs {
 public:
  /// "prod-%d": 1 .. `records` in its place; %05d is filled up with zeros.
  [[nodiscard]] static std::expected<slugs, std::string> numbered(std::string_view format, std::uint64_t records);
  /// The first is asked for most.
  [[nodiscard]] static std::expected<slugs, std::string> listed(std::vector<std::string> names);

  [[nodiscard]] std::uint64_t size() const { return names_.empty() ? records_ : names_.size(); }
  void append(std::uint64_t rank, std::string& to) const;

 private:
  slugs() = default;

  std::vector<std::string> names_;
  std::uint64_t records_ = 0;
  slug_format numbered_;
};

/// One slug a line; # begins a comment. The error has file and line.
[[nodiscard]] std::expected<slugs, std::string> read_slugs(const std::string& file);

}  // namespace sidecache::replay
