// The URL of the control plane as settings write it. Parsing only, no look-ups.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

namespace sidecache::config {

/// "https://host[:port][/path]": no user, query or fragment.
struct upstream_url {
  std::string text;  ///< as it was written
  bool tls = false;
  std::string host;  ///< a name or an IP address in lower case, without brackets
  std::uint16_t port = 0;
  std::string path;  ///< what goes in front of a request's target: "" or "/v1", no slash at the end

  bool operator==(const upstream_url&) const = default;
};

/// The error says what was expected and repeats nothing of the text.
[[nodiscard]] std::expected<upstream_url, std::string> parse_upstream_url(std::string_view text);

/// One of several control planes.
struct weighted_url {
  upstream_url url;
  std::uint64_t weight = 0;  ///< 0: none was written

  bool operator==(const weighted_url&) const = default;
};
constexpr std::uint64_t most_weight = 1000;

/// "https://host weight=3", or without a weight. Of an empty text, an empty URL. The error repeats nothing of the text.
[[nodiscard]] std::expected<weighted_url, std::string> parse_weighted_url(std::string_view text);

/// What upstream.check_path takes: "", or a path as it stands in a request line.
[[nodiscard]] bool is_request_path(std::string_view text);

/// What upstream.proxy takes: "", "direct", or an egress proxy's http://host[:port], as the environment often has it
/// without the scheme. The error says what was expected and repeats nothing of the text.
[[nodiscard]] std::expected<std::string, std::string> parse_proxy(std::string_view text);

}  // namespace sidecache::config
