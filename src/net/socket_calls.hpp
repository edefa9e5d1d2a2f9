// Reading from and writing to sockets by system call.
//
// libc's functions are points at which a thread can be cancelled, and where there are several threads they mark this
// one as such before each call and unmark it after, which is a fiftieth of an answer from memory.
#pragma once

#include <cstddef>
#include <string_view>

namespace sidecache::net {

struct transferred {
  std::size_t size = 0;
  int error = 0;  ///< errno's
};

/// As recv(2); 0 bytes are the end of the stream.
transferred receive(int from, char* into, std::size_t most);
/// As send(2) without SIGPIPE, of both in a row.
transferred send(int to, std::string_view first, std::string_view second);

}  // namespace sidecache::net
