// Looks for words in all memory that this process can write: heap, stacks, anonymous mappings, data of libraries.
//
// Whoever looks for a word has it in memory, and would find itself. So words are held with every bit of `mask` flipped,
// in the file they come from too, and compared so: nothing here ever has one as it is. Memory is read through
// /proc/self/mem into one buffer that is passed over and cleared, because other threads may give back what they have
// mapped at any moment: there that is an error, and by a pointer it would be a crash.
// One thread at a time.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace sidecache::secrets {

constexpr unsigned char mask = 0x5A;

struct masked_word {
  std::string name;    ///< what to call it in the report
  std::string masked;  ///< each byte of it, exclusive-or `mask`
};

class memory_search {
 public:
  /// `file`: lines of a name, a blank, and the masked bytes in hexadecimal. Throws std::runtime_error.
  explicit memory_search(const std::string& file);
  memory_search(const memory_search&) = delete;
  memory_search& operator=(const memory_search&) = delete;
  ~memory_search();

  /// How often each word stands where: {"api-key": {"[heap]": 2}}. Words that stand nowhere are left out. Throws
  /// std::system_error if memory can't be read.
  using findings = std::map<std::string, std::map<std::string, std::size_t>>;
  [[nodiscard]] findings look();

 private:
  struct region {
    std::size_t begin, end;
    std::string name;
  };
  [[nodiscard]] static std::vector<region> writable_regions();
  void search(const region& in, int memory, findings& out);

  std::vector<masked_word> words_;
  std::size_t longest_ = 0;
  char* buffer_;  ///< a mapping of its own, so that it can be told from the others
};

}  // namespace sidecache::secrets
