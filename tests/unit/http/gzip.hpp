// Makes the gzip that tests feed in.
#pragma once

#include <zlib.h>

#include <stdexcept>
#include <string>
#include <string_view>

namespace sidecache::http::in_tests {

/// One gzip member. With `flush_each`, a flushed block after every so many bytes, as a server that streams makes them.
inline std::string gzip(std::string_view plain, std::size_t flush_each = 0) {
  z_stream stream{};
  if (deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
    throw std::runtime_error("deflateInit2");
  std::string out(deflateBound(&stream, plain.size()) + plain.size() + 1024, '\0');
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const std::size_t step = flush_each == 0 ? plain.size() : flush_each;
  while (!plain.empty()) {
    const auto piece = plain.substr(0, step);
    stream.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(piece.data()));
    stream.avail_in = static_cast<uInt>(piece.size());
    if (deflate(&stream, Z_SYNC_FLUSH) != Z_OK) throw std::runtime_error("deflate");
    plain.remove_prefix(piece.size());
  }
  if (deflate(&stream, Z_FINISH) != Z_STREAM_END) throw std::runtime_error("deflate");
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

}  // namespace sidecache::http::in_tests
