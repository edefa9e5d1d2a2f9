#include "http/inflater.hpp"

#include <malloc.h>

#include <cstdlib>
#include <new>

#include "base/secret.hpp"

namespace sidecache::http {
namespace {

voidpf take(voidpf /*unused*/, uInt items, uInt size) { return std::malloc(std::size_t{items} * size); }

/// zlib's window holds the last 32 KiB of the body, and it is told of no size when it gives it back.
void wipe_and_free(voidpf /*unused*/, voidpf at) {
  wipe(at, ::malloc_usable_size(at));
  std::free(at);
}

}  // namespace

// 15: the largest window there is; + 16: gzip framing only, and its checksum is verified.
inflater::inflater() {
  stream_.zalloc = &take;
  stream_.zfree = &wipe_and_free;
  if (inflateInit2(&stream_, 15 + 16) != Z_OK) throw std::bad_alloc();
}

inflater::~inflater() {
  inflateEnd(&stream_);
  wipe(out_.data(), out_.size());
}

void inflater::feed(std::string_view compressed) {
  // zlib does not write to its input; its interface predates const.
  stream_.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(compressed.data()));
  stream_.avail_in = static_cast<uInt>(compressed.size());
}

std::expected<std::string_view, std::string> inflater::next() {
  while (true) {
    if (stream_.avail_in > 0 && state_ != state::within) {
      if (state_ == state::between && inflateReset(&stream_) != Z_OK) return std::unexpected("gzip state is broken");
      state_ = state::within;
    }
    if (state_ != state::within) return std::string_view{};

    stream_.next_out = out_.data();
    stream_.avail_out = static_cast<uInt>(out_.size());
    const int result = inflate(&stream_, Z_NO_FLUSH);
    const std::size_t made = out_.size() - stream_.avail_out;
    if (result == Z_STREAM_END) {
      state_ = state::between;
    } else if (result == Z_BUF_ERROR) {
      return std::string_view{};  // no progress possible: all input is used up and all output handed out
    } else if (result == Z_MEM_ERROR) {
      throw std::bad_alloc();
    } else if (result != Z_OK) {
      return std::unexpected("the body is not the gzip that Content-Encoding says");
    }
    if (made > 0) return std::string_view(reinterpret_cast<const char*>(out_.data()), made);
  }
}

}  // namespace sidecache::http
