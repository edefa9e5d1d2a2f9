// Bytes -> heads, strictly (RFC 9110, RFC 9112). Pure: no sockets, no buffers of its own.
//
// Theory of operation: the caller collects bytes until find_head_end() finds the blank line, then parses the whole head
// at once. A scan over the lines refuses what Beast's parser lets through (bare LF or CR, obs-fold, space before a
// colon, control bytes, repeated or listed or signed lengths, any coding but a single `chunked`, Host missing or twice,
// ...: see the table in head_rules.hpp). What remains of a request is parsed by a class derived from
// beast::http::basic_parser. Of an answer, which no other client can have shaped, the scan copies the fields itself;
// there Beast's parser is the second reader in tests/fuzz: what the scan accepts it must accept, and find the same in
// it.
#pragma once

#include <cstddef>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "http/message.hpp"

namespace sidecache::http {

struct head_limits {
  std::size_t header_bytes = std::size_t{64} * 1024;  ///< the whole head, blank line included -> 431
  std::size_t target_bytes = std::size_t{8} * 1024;   ///< -> 414
};

/// Why a request was refused. The connection ends after the answer: where the next request would begin is unknown.
struct refusal {
  unsigned status = 400;  ///< 400, 414, 417, 431, 501, 505
  std::string_view code;  ///< static, such as "conflicting_framing"; one name in log, answer and test
  std::string message;    ///< what was wrong and what was expected; no header values
};

/// The number of bytes up to and with the blank line; nothing while it has not come. `from`: bytes that an earlier call
/// has searched already. A head that begins with (a few) empty lines is found after them (RFC 9112 §2.2).
[[nodiscard]] std::optional<std::size_t> find_head_end(std::string_view bytes, std::size_t from);

/// `head` is what find_head_end() delimited. `out` is overwritten; its memory is reused.
[[nodiscard]] std::expected<void, refusal> parse_request_head(std::string_view head, const head_limits& limits,
                                                              request_head& out);

/// The refusal of a head that went over the limits before its end came: 414 or 431.
[[nodiscard]] refusal refuse_unfinished_head(std::string_view so_far, const head_limits& limits);

/// `asked` is the method of the request that this answers: it decides whether a body follows (RFC 9112 §6.3).
/// The error is a sentence for the log. Interim (1xx) heads parse too; 101 is the caller's to refuse.
[[nodiscard]] std::expected<void, std::string> parse_response_head(std::string_view head, method asked,
                                                                   response_head& out);

}  // namespace sidecache::http
