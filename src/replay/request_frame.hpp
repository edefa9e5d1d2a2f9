// What all requests of a replay have in common: the path in front of each target, Host, further header lines and the
// credentials. Plain data, read before the run; outlives every schedule.
#pragma once

#include <cstddef>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "base/secret.hpp"

namespace sidecache::replay {

struct request_frame {
  std::string prefix;               ///< of the URL: "" or "/cp"
  std::string host;                 ///< the value of Host
  std::string header_lines;         ///< "Name: value\r\n" each
  std::vector<secret> credentials;  ///< header lines too, a credential each; may be empty

  /// Everything of a head behind its method and target, the blank line included. `credential`: a place in the vector,
  /// or beyond it for none. `more`: further header lines.
  void append_head_end(std::string& to, std::size_t credential, std::string_view more = {}) const;
};

/// "Name: value" as a line with CRLF, checked: names are tokens (RFC 9110 §5.1), values have no control bytes, and what
/// would frame the message or end its connection is not for callers. The error says what was expected.
[[nodiscard]] std::expected<std::string, std::string> header_line(std::string_view name, std::string_view value);

/// As a flag has it: "Name: value". Credentials are refused: command lines are for everybody to read.
[[nodiscard]] std::expected<std::string, std::string> header_line_of_flag(std::string_view text);

/// A file's text: one API key a line, each a credential; or credentials of header lines (`Authorization: Bearer …`),
/// with an empty line between them; # begins a comment. `where` names the file. The error has file and line and repeats
/// nothing of what stands there.
[[nodiscard]] std::expected<std::vector<secret>, std::string> parse_credentials(std::string_view text,
                                                                                std::string_view where);
/// From the file, which is wiped from memory once it is parsed.
[[nodiscard]] std::expected<std::vector<secret>, std::string> read_credentials(const std::string& file);

}  // namespace sidecache::replay
