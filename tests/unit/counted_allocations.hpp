// Counts what a thread allocates, by replacing operator new for the whole program: to be included by one of its files.
//
// The sanitizers want to replace it themselves, so tests that count are left out of their builds.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <new>

namespace sidecache::tests {

inline thread_local std::size_t allocations = 0;

}  // namespace sidecache::tests

void* operator new(std::size_t size) {
  ++sidecache::tests::allocations;
  if (void* at = std::malloc(size == 0 ? 1 : size)) return at;
  throw std::bad_alloc();
}
// NOLINTBEGIN(clang-analyzer-cplusplus.NewDelete): this is what frees
void operator delete(void* at) noexcept { std::free(at); }
void operator delete(void* at, std::size_t /*size*/) noexcept { std::free(at); }
// NOLINTEND(clang-analyzer-cplusplus.NewDelete)
