// A request and its answer as the mock's pure parts see them, and the request's target taken apart.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/message.hpp"

namespace sidecache::mock {

/// Views: valid as long as the head and the body they point into.
struct request {
  http::method method = http::method::get;
  std::string_view method_name = "GET";
  std::string_view target;  ///< raw, as it came
  const http::fields* fields = nullptr;
  std::string_view body;
};

struct response {
  unsigned status = 200;
  std::string content_type = "application/json; charset=utf-8";
  http::fields fields{};  ///< without Content-Type and framing
  std::string body{};
};

/// As an Express router reads it: empty segments (`//`, a trailing slash) don't count, and literal segments are
/// compared in lower case; the query's names and values are decoded.
struct target {
  std::vector<std::string> segments;  ///< decoded, without `v1` in front
  std::vector<std::pair<std::string, std::string>> query;

  [[nodiscard]] std::optional<std::string_view> query_value(std::string_view name) const;
  /// Segment `i` in lower case, "" past the end.
  [[nodiscard]] std::string literal(std::size_t i) const;
};

/// Nothing if an escape is broken.
[[nodiscard]] std::optional<target> parse_target(std::string_view raw);

/// The part before the query.
[[nodiscard]] constexpr std::string_view path_of(std::string_view raw_target) {
  return raw_target.substr(0, raw_target.find('?'));
}

}  // namespace sidecache::mock
