#include "app/own_sync.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <fstream>
#include <random>
#include <stdexcept>
#include <system_error>

#include "base/digest.hpp"
#include "base/text.hpp"
#include "config/secret_file.hpp"

namespace sidecache::app {
namespace {

constexpr std::size_t longest_identifier = 128;

[[noreturn]] void complain(const std::string& why) { throw std::invalid_argument("sync.identifier_file: " + why); }

std::string new_identifier() {
  std::array<unsigned char, 8> drawn{};
  std::random_device entropy;
  std::ranges::generate(drawn, [&] { return static_cast<unsigned char>(entropy()); });
  return "sidecache-" + to_hex(drawn.data(), drawn.size());
}

/// Whole or not at all: a half-written one would be another replica's.
void keep(const std::string& file, const std::string& identifier) {
  const std::string beside = file + ".new";
  const int to = ::open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (to < 0) complain("can't be written: " + std::generic_category().message(errno));
  const std::string line = identifier + "\n";
  const bool written = ::write(to, line.data(), line.size()) == static_cast<ssize_t>(line.size()) && ::fsync(to) == 0;
  ::close(to);
  if (!written || ::rename(beside.c_str(), file.c_str()) != 0)
    complain("can't be written: " + std::generic_category().message(errno));
}

std::string identifier_in(const std::string& file) {
  if (::access(file.c_str(), F_OK) != 0) {
    std::string made = new_identifier();
    keep(file, made);
    return made;
  }
  std::ifstream from(file);
  std::string line;
  std::getline(from, line);
  const std::string_view identifier = trim(line);
  const auto plain = [](char c) {
    const char l = to_lower(c);
    return (l >= 'a' && l <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
  };
  if (identifier.empty() || identifier.size() > longest_identifier || !std::ranges::all_of(identifier, plain))
    complain("expected one line of letters, digits, - _ and ., at most 128");
  return std::string(identifier);
}

}  // namespace

proxy::poll_settings poll_settings(const config::plane_settings& from) {
  return {.path = from.sync.poll_path,
          .identifier = identifier_in(from.sync.identifier_file),
          .interval = from.sync.interval};
}

secret poll_credential(const config::plane_settings& from) {
  auto read = config::read_secret_file(from.sync.credential_file);
  if (!read) throw std::invalid_argument("sync.credential_file: " + read.error());
  return std::move(*read);
}

}  // namespace sidecache::app
