// What libFuzzer calls: compiled once a target, with its name.
#include <cstddef>
#include <cstdint>

#include "targets.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size);

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  sidecache::fuzz::SIDECACHE_FUZZ_TARGET({reinterpret_cast<const char*>(bytes), size});
  return 0;
}
