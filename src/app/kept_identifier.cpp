#include "app/kept_identifier.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <optional>
#include <stdexcept>
#include <system_error>

#include "app/worker_process.hpp"
#include "base/digest.hpp"

namespace sidecache::app {
namespace {

constexpr std::size_t drawn_bytes = 8;  // two replicas with one identifier would each get half of the changes
constexpr std::size_t longest = 128;

[[noreturn]] void refuse(const std::string& what) { throw std::invalid_argument("sync.identifier_file: " + what); }

/// It becomes a part of a query.
bool is_identifier(std::string_view text) {
  return !text.empty() && text.size() <= longest && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
           c == '.';
  });
}

/// Nothing if there is no such file.
std::optional<std::string> read(const std::string& path) {
  if (::access(path.c_str(), F_OK) != 0 && errno == ENOENT) return std::nullopt;
  std::ifstream file(path);
  std::string line;
  if (!file || !std::getline(file, line)) refuse("a file that can't be read");
  if (!is_identifier(line)) refuse("expected a line of letters, digits, - _ and ., found something else");
  return line;
}

std::string drawn() {
  const auto keys = process_keys::random();
  return "sidecache-" + to_hex(keys.credential_key.data(), drawn_bytes);
}

/// Under a name of its own first: whoever finds the file finds it complete.
void put(const std::string& path, const std::string& identifier) {
  const std::string draft = path + "." + identifier;
  const std::string line = identifier + "\n";
  const owned_descriptor file(::open(draft.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  const bool written =
      file.get() >= 0 && ::write(file.get(), line.data(), line.size()) == std::ssize(line) && ::fsync(file.get()) == 0;
  const bool there = written && (::link(draft.c_str(), path.c_str()) == 0 || errno == EEXIST);
  const int error = errno;
  ::unlink(draft.c_str());
  if (!there) refuse("it can't be made: " + std::generic_category().message(error));
}

}  // namespace

std::string kept_identifier(const std::string& path) {
  if (auto known = read(path)) return std::move(*known);
  put(path, drawn());
  auto known = read(path);  // another process may have been quicker
  if (!known) refuse("a file that is not there");
  return std::move(*known);
}

}  // namespace sidecache::app
