// Takes the framing off a message's body, piece by piece and strictly (RFC 9112 §6.3, §7.1). Pure: bytes in, pieces
// out.
//
// Theory of operation: a state machine that copies only lines of the framing, never the body: pieces are views into the
// caller's input. Chunk syntax is read strictly, since peers that differ in what a chunk size means can be played off
// against each other. Framing that outweighs the body (long extensions, one byte a chunk) is limited by an allowance
// that grows with the body, the trailer section by a fixed limit. Trailer fields that would frame or route a message
// are dropped (RFC 9110 §6.5.1).
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

#include "http/body_rules.hpp"
#include "http/fields.hpp"
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
  [[nodiscard]] const fields& trailers() const { return trailers_; }

 private:
  enum class state : std::uint8_t {
    done,
    counted,      ///< left_ bytes of body, then the end
    endless,      ///< body until the connection ends
    size_line,    ///< a chunk's size and extensions
    chunk,        ///< left_ bytes of this chunk
    chunk_end,    ///< the CRLF behind a chunk
    trailer_line  ///< of the trailer section, the blank line included
  };

  [[nodiscard]] step take_piece(std::string_view input, state when_complete);
  /// Collects up to the next LF. True once the line is complete and in line_.
  [[nodiscard]] std::expected<bool, std::string> take_line(std::string_view input, std::size_t& consumed,
                                                           std::size_t limit, body_flaw if_longer);
  [[nodiscard]] std::expected<void, std::string> read_size_line();
  [[nodiscard]] std::expected<void, std::string> read_trailer_line();
  [[nodiscard]] std::expected<void, std::string> end_line();

  state state_;
  std::uint64_t left_;
  std::size_t overhead_ = 0;  ///< bytes of framing that the body bytes so far do not justify
  std::size_t trailer_bytes_ = 0;
  std::string line_;  ///< of the framing, never of the body
  fields trailers_;
};

}  // namespace sidecache::http
