// Undoes gzip (RFC 1952) piece by piece. Pure: bytes in, bytes out, by zlib.
//
// Theory of operation: the caller gives a piece with feed() and then calls next() until it hands out an empty piece;
// each piece is at most 16 KiB, so that a gzip bomb costs whoever reads on, and no memory here. Whatever can be told
// from the input so far comes out at once: a server that flushes its gzip stream event by event is passed on so.
// Several gzip members in a row are one body (RFC 1952 §2.2); anything after the last one is an error.
// A piece that was fed must stay valid until it is used up; a piece that was handed out is valid until the next call.
// Not copyable or movable: zlib's state points back at its stream.
#pragma once

#include <zlib.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

namespace sidecache::http {

class inflater {
 public:
  /// Throws std::bad_alloc.
  inflater();
  ~inflater();
  inflater(const inflater&) = delete;
  inflater& operator=(const inflater&) = delete;

  /// The next piece of the compressed body. Only when the one before is used up.
  void feed(std::string_view compressed);
  /// More of the plain body, or an empty piece when everything fed is used up. The error is a sentence for the log.
  [[nodiscard]] std::expected<std::string_view, std::string> next();
  /// True if the body may end here: after a whole member, or with nothing at all (some servers call an empty body
  /// gzip).
  [[nodiscard]] bool complete() const { return state_ != state::within; }

 private:
  enum class state : std::uint8_t { nothing_yet, within, between };

  z_stream stream_{};
  state state_ = state::nothing_yet;
  std::array<unsigned char, std::size_t{16} * 1024> out_;  // not cleared: inflate() writes before it is read
};

}  // namespace sidecache::http
