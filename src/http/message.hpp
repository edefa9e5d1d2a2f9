// The heads of requests and responses, as decisions see them: parsed, strict, without sockets.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "http/fields.hpp"

namespace sidecache::http {

/// How the body of a message is delimited (RFC 9112 §6.3).
enum class framing : std::uint8_t {
  none,         ///< there is no body
  length,       ///< Content-Length
  chunked,      ///< Transfer-Encoding: chunked
  until_close,  ///< a response that ends with its connection
};

/// Methods that are told apart; every other one is `other` and keeps its name in `request_head::method_name`.
enum class method : std::uint8_t { get, head, post, put, patch, del, options, connect, trace, other };

/// From the exact (case-sensitive) name.
[[nodiscard]] method method_from(std::string_view name);
/// GET, HEAD, OPTIONS and TRACE (RFC 9110 §9.2.1); a method that is not known is not safe.
[[nodiscard]] constexpr bool is_safe(method m) {
  return m == method::get || m == method::head || m == method::options || m == method::trace;
}

struct request_head {
  http::method method = http::method::other;
  std::string method_name;
  std::string target;     ///< as it came: raw, in origin-form (or `*` with OPTIONS)
  unsigned version = 11;  ///< 10 or 11
  http::fields fields;    ///< all of them, hop-by-hop ones too
  framing body = framing::none;
  std::uint64_t content_length = 0;  ///< with framing::length
  bool keep_alive = true;            ///< the client wants (and may have) another request on this connection
  bool expect_continue = false;      ///< Expect: 100-continue
};

struct response_head {
  unsigned status = 0;
  std::string reason;
  unsigned version = 11;
  http::fields fields;
  framing body = framing::none;
  std::uint64_t content_length = 0;  ///< with framing::length; for an answer to HEAD the one it named
};

/// The phrase of RFC 9110 §15 for a status, "" where it has none.
[[nodiscard]] std::string_view reason_phrase(unsigned status);

}  // namespace sidecache::http
