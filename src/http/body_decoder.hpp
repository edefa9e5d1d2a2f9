// Takes the framing off a message's body, piece by piece and strictly (RFC 9112 §6.3, §7.1). Pure: bytes in, pieces out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

#include "http/message.hpp"

namespace sidecache::http {

class body_decoder {
 public:
  body_decoder() : body_decoder(framing::none, 0) {}
  body_decoder(framing kind, std::uint64_t content_length);

  struct step {
    std::string_view piece;    ///< body bytes: a part of the input, perhaps empty
    std::size_t consumed = 0;  ///< how many bytes of the input are done with, `piece` included
  };
  /// Decodes from the front of `input` and returns at the first piece, at the end, or when more input is needed (an
  /// empty piece and done() false). Call again with the rest. Bytes after the end of the body are never consumed.
  /// The error is a sentence for the log: a chunk size that overflows, a bare LF, a trailer section over its limit, ...
  [[nodiscard]] std::expected<step, std::string> next(std::string_view input);

  /// The connection ended. False if the message is incomplete; true only for until_close and for what was done anyway.
  [[nodiscard]] bool at_end_of_connection();

  [[nodiscard]] bool done() const;
  /// Of a chunked body, once it is done.
  [[nodiscard]] const fields& trailers() const;
};

}  // namespace sidecache::http
