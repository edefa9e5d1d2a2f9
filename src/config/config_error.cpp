#include "config/config_error.hpp"

#include <algorithm>

namespace sidecache::config {
namespace {

char printable(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte < 0x20 || byte == 0x7F ? '?' : c;
}

}  // namespace

std::string config_error::message() const {
  std::string line = where.describe() + ": ";
  if (!key.empty()) line += key + ": ";
  line += expected.empty() ? found : "expected " + expected + ", found " + found;
  if (!closest.empty()) line += "; did you mean " + closest + "?";
  // Names of keys, variables and files come from outside too: "\n" stands in a quoted YAML key for a line's end.
  std::ranges::transform(line, line.begin(), printable);
  return line;
}

std::string format_errors(const std::vector<config_error>& errors) {
  std::string lines;
  for (const auto& error : errors) lines += error.message() + "\n";
  return lines;
}

std::string in_quotes(std::string_view text) {
  constexpr std::size_t longest = 60;
  std::string out = "\"";
  for (const char c : text.substr(0, longest)) out += printable(c);
  return out + (text.size() > longest ? "...\"" : "\"");
}

}  // namespace sidecache::config
