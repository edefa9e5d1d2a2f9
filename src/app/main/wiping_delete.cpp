// What this program frees it wipes first (promise 8): once a client is gone and an entry dropped, no freed block tells
// of a credential or a record.
//
// Why all of it, and not the strings that hold secrets: on its way a head becomes fields, an upstream request, a key, a
// line of bytes, and every string that grows leaves its shorter self behind. One forgotten copy breaks the promise, and
// operator delete can't be forgotten. A hit allocates nothing, so it frees and wipes nothing; what a miss frees costs
// it some hundred nanoseconds beside a round trip.
//
// What never passes here is wiped where it is: read buffers that are kept for the next message, by their owners; what
// OpenSSL decrypted, by SSL_OP_CLEANSE_PLAINTEXT; zlib's window, by http::inflater. Coroutine frames are Asio's, from
// malloc(): they hold objects whose bytes lie elsewhere. Stacks, registers and the kernel's socket buffers are out of
// reach.
//
// Linked into the program alone: who embeds the library keeps the operators of their own. AddressSanitizer and
// ThreadSanitizer bring theirs, which are worth more in their builds.
#if !__has_feature(address_sanitizer) && !__has_feature(thread_sanitizer)

#include <malloc.h>

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <new>

namespace {

/// [new.delete.single]: the new-handler is called until there is memory or it gives up.
template <class Attempt>
void* take(Attempt attempt) {
  while (true) {
    if (void* const at = attempt()) return at;
    const std::new_handler handler = std::get_new_handler();
    if (handler == nullptr) throw std::bad_alloc();
    handler();
  }
}

/// Up to the last byte that could be used: what a larger string wrote there, a shorter one may have kept.
void wipe_and_free(void* at) noexcept {
  if (at == nullptr) return;
  ::explicit_bzero(at, ::malloc_usable_size(at));
  std::free(at);
}

}  // namespace

// The other forms (arrays, nothrow) come down to these ([new.delete]).
void* operator new(std::size_t size) {
  return take([=] { return std::malloc(size == 0 ? 1 : size); });
}
void* operator new(std::size_t size, std::align_val_t alignment) {
  const auto step = static_cast<std::size_t>(alignment);
  const std::size_t whole = (size + step - 1) / step * step;  // aligned_alloc() wants a multiple
  return take([=] { return whole < size ? nullptr : std::aligned_alloc(step, whole == 0 ? step : whole); });
}
void operator delete(void* at) noexcept { wipe_and_free(at); }
void operator delete(void* at, std::size_t /*size*/) noexcept { wipe_and_free(at); }
void operator delete(void* at, std::align_val_t /*alignment*/) noexcept { wipe_and_free(at); }
void operator delete(void* at, std::size_t /*size*/, std::align_val_t /*alignment*/) noexcept { wipe_and_free(at); }

#endif
