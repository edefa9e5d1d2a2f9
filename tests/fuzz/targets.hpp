// What is fuzzed: one function a target, given arbitrary bytes. It returns if all that its file promises at the top
// holds, and throws broken_property (or whatever the code under test lets out) if not.
//
// Theory of operation: libFuzzer calls one of them through entry.cpp, again and again, with inputs that it grows from
// corpus/NAME and NAME.dict; the ordinary test fuzz_corpus calls each once for every committed input. An exception that
// leaves a target ends the libFuzzer program with the input saved, and fails the ordinary test with its sentence.
// Targets keep no state between calls that could change what the next one does. Inputs are text where that is possible,
// so that a seed can be read and written by hand.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace sidecache::fuzz {

void request_head(std::string_view bytes);
void request_roundtrip(std::string_view text);
void upstream_head(std::string_view bytes);
void target_and_key(std::string_view text);
void record(std::string_view body);
void cache_control(std::string_view text);
void config(std::string_view text);
void answer(std::string_view text);
void gzip(std::string_view bytes);

struct broken_property : std::logic_error {
  using std::logic_error::logic_error;
};

/// `what` is a literal: nothing is built while all is well.
inline void require(bool holds, const char* what) {
  if (!holds) throw broken_property(what);
}

/// The text up to the next `end`, which is cut off `rest` with it.
inline std::string_view cut(std::string_view& rest, std::string_view end) {
  const auto at = rest.find(end);
  const auto piece = rest.substr(0, at);
  rest.remove_prefix(at == std::string_view::npos ? rest.size() : at + end.size());
  return piece;
}

inline std::vector<std::string_view> split(std::string_view text, std::string_view end) {
  std::vector<std::string_view> pieces;
  while (!text.empty()) pieces.push_back(cut(text, end));
  return pieces;
}

}  // namespace sidecache::fuzz
