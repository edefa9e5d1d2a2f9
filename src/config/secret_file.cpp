#include "config/secret_file.hpp"

#include <filesystem>
#include <fstream>

namespace sidecache::config {

std::string unreadable(const std::string& path) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (!std::filesystem::exists(status)) return "a file that is not there";
  if (std::filesystem::is_directory(status)) return "a directory";
  return std::ifstream(path) ? "" : "a file that can't be read";
}

std::expected<secret, std::string> read_secret_file(const std::string& path) {
  if (auto wrong = unreadable(path); !wrong.empty()) return std::unexpected(std::move(wrong));
  constexpr std::size_t longest = 64UL * 1024;
  std::basic_string<char, std::char_traits<char>, wiping_allocator<char>> bytes(longest + 1, '\0');
  std::ifstream file;
  file.rdbuf()->pubsetbuf(nullptr, 0);  // no buffer that would keep a copy
  file.open(path, std::ios::binary);
  file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  const auto size = static_cast<std::size_t>(file.gcount());
  if (size > longest) return std::unexpected(std::string("a file over 64KiB"));
  const std::string_view all(bytes.data(), size);
  constexpr std::string_view blank = " \t\r\n";
  const auto from = all.find_first_not_of(blank);
  if (from == std::string_view::npos) return std::unexpected(std::string("an empty file"));
  return secret(all.substr(from, all.find_last_not_of(blank) - from + 1));
}

}  // namespace sidecache::config
