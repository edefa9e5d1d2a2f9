#include "secrets/memory_search.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <system_error>

namespace sidecache::secrets {
namespace {

constexpr std::size_t buffer_bytes = std::size_t{1} << 20U;

std::string from_hex(const std::string& digits) {
  std::string bytes;
  for (std::size_t at = 0; at + 1 < digits.size(); at += 2)
    bytes.push_back(static_cast<char>(std::stoul(digits.substr(at, 2), nullptr, 16)));
  return bytes;
}

char masked(char c) { return static_cast<char>(static_cast<unsigned char>(c) ^ mask); }

/// Where the word stands, by its first byte and then the others.
const char* find(const char* from, const char* end, const std::string& word) {
  while (from < end) {
    const auto* const at = static_cast<const char*>(
        std::memchr(from, static_cast<unsigned char>(masked(word.front())), static_cast<std::size_t>(end - from)));
    if (at == nullptr || static_cast<std::size_t>(end - at) < word.size()) return end;
    if (std::equal(word.begin(), word.end(), at, [](char wanted, char found) { return masked(found) == wanted; }))
      return at;
    from = at + 1;
  }
  return end;
}

}  // namespace

memory_search::memory_search(const std::string& file) {
  std::ifstream lines(file);
  std::string digits;
  for (std::string name; lines >> name >> digits;) {
    words_.push_back({.name = name, .masked = from_hex(digits)});
    longest_ = std::max(longest_, words_.back().masked.size());
  }
  if (words_.empty()) throw std::runtime_error("no words to look for in " + file);
  void* const at = ::mmap(nullptr, buffer_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (at == MAP_FAILED) throw std::system_error(errno, std::system_category(), "mmap");
  // Else the kernel joins it to its neighbour, and it could not be passed over.
  ::madvise(at, buffer_bytes, MADV_DONTFORK);
  buffer_ = static_cast<char*>(at);
}

memory_search::~memory_search() { ::munmap(buffer_, buffer_bytes); }

memory_search::findings memory_search::look() {
  const int memory = ::open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
  if (memory < 0) throw std::system_error(errno, std::system_category(), "/proc/self/mem");
  findings out;
  for (const region& each : writable_regions()) search(each, memory, out);
  ::close(memory);
  return out;
}

std::vector<memory_search::region> memory_search::writable_regions() {
  std::vector<region> all;
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    // 7f21e8000000-7f21e8021000 rw-p 00000000 00:00 0   [name]
    std::istringstream parts(line);
    std::string range;
    std::string permissions;
    std::string ignored;
    std::string name;
    parts >> range >> permissions >> ignored >> ignored >> ignored >> name;
    if (!permissions.starts_with("rw")) continue;
    const auto dash = range.find('-');
    all.push_back({std::stoul(range.substr(0, dash), nullptr, 16), std::stoul(range.substr(dash + 1), nullptr, 16),
                   name.empty() ? "anonymous" : name});
  }
  return all;
}

void memory_search::search(const region& in, int memory, findings& out) {
  const auto own = reinterpret_cast<std::size_t>(buffer_);
  if (own >= in.begin && own < in.end) {
    if (in.begin != own || in.end != own + buffer_bytes) throw std::logic_error("the buffer is no mapping of its own");
    return;
  }
  std::size_t fresh = in.begin;  // what begins before it was looked at in the step before
  for (std::size_t at = in.begin; at < in.end;) {
    const auto got = ::pread(memory, buffer_, std::min(buffer_bytes, in.end - at), static_cast<off_t>(at));
    if (got <= 0) break;  // it was unmapped meanwhile
    const char* const end = buffer_ + got;
    for (const masked_word& word : words_)
      for (const char* found = find(buffer_, end, word.masked); found != end; found = find(found + 1, end, word.masked))
        if (at + static_cast<std::size_t>(found - buffer_) + word.masked.size() > fresh) ++out[word.name][in.name];
    const std::size_t next = at + static_cast<std::size_t>(got);
    ::explicit_bzero(buffer_, static_cast<std::size_t>(got));
    if (next == in.end || next <= fresh) break;
    fresh = next;
    at = next - std::min(longest_ - 1, next - in.begin);
  }
}

}  // namespace sidecache::secrets
