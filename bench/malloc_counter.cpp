// Counts what a program asks of the heap, preloaded into it: LD_PRELOAD=libmalloc_counter.so BENCH_MALLOC_COUNT=FILE
//
// FILE holds one 64-bit number, which is mapped and counted up by each malloc, calloc, realloc and aligned request of
// any thread, so whoever started the program can read it at any time. operator new ends in malloc and is counted there.
// glibc's own entries stand behind ours: no dlsym, which would allocate itself.
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstdlib>

namespace {

std::uint64_t before_it_is_mapped = 0;
std::uint64_t* counter = &before_it_is_mapped;

void count() { std::atomic_ref<std::uint64_t>(*counter).fetch_add(1, std::memory_order_relaxed); }

[[gnu::constructor]] void map_the_counter() {
  const char* path = std::getenv("BENCH_MALLOC_COUNT");
  if (path == nullptr) return;
  const int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0 || ftruncate(file, sizeof *counter) != 0) return;
  void* mapped = mmap(nullptr, sizeof *counter, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  close(file);
  if (mapped != MAP_FAILED) counter = static_cast<std::uint64_t*>(mapped);
}

}  // namespace

extern "C" {

void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t number, std::size_t size);
void* __libc_realloc(void* from, std::size_t size);
void* __libc_memalign(std::size_t alignment, std::size_t size);

void* malloc(std::size_t size) noexcept {
  count();
  return __libc_malloc(size);
}
void* calloc(std::size_t number, std::size_t size) noexcept {
  count();
  return __libc_calloc(number, size);
}
void* realloc(void* from, std::size_t size) noexcept {
  count();
  return __libc_realloc(from, size);
}
void* aligned_alloc(std::size_t alignment, std::size_t size) noexcept {
  count();
  return __libc_memalign(alignment, size);
}
void* memalign(std::size_t alignment, std::size_t size) noexcept {
  count();
  return __libc_memalign(alignment, size);
}
int posix_memalign(void** to, std::size_t alignment, std::size_t size) noexcept {
  count();
  *to = __libc_memalign(alignment, size);
  return *to == nullptr ? ENOMEM : 0;
}
}
