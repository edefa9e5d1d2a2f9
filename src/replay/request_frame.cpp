#include "replay/request_frame.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <fstream>

#include "base/text.hpp"
#include "http/field_line.hpp"

namespace sidecache::replay {
namespace {

constexpr std::string_view api_key = "x-portkey-api-key";
constexpr std::array of_the_framing{"host", "content-length", "transfer-encoding", "connection", "upgrade",
                                    "te",   "expect"};
constexpr std::array credential_names{"x-portkey-api-key", "authorization", "proxy-authorization", "cookie"};
constexpr std::size_t most_file_bytes = std::size_t{16} * 1024 * 1024;

bool is_one_of(const auto& names, std::string_view name) {
  return std::ranges::any_of(names, [&](std::string_view each) { return equal_ignoring_case(each, name); });
}

/// Collects header lines until a credential is complete.
class credential_reader {
 public:
  explicit credential_reader(std::string_view where) : where_(where) {}

  std::expected<void, std::string> take(std::string_view line) {
    ++number_;
    const auto text = trim(line.ends_with('\r') ? line.substr(0, line.size() - 1) : line);
    if (text.empty()) end_one();
    if (text.empty() || text.starts_with('#')) return {};
    const auto colon = text.find(':');
    const bool alone = colon == std::string_view::npos;
    if (alone) end_one();
    auto made = alone ? header_line(api_key, text) : header_line(text.substr(0, colon), trim(text.substr(colon + 1)));
    if (!made) return std::unexpected(fmt::format("{}:{}: {}", where_, number_, expected));
    lines_.append(*made);
    wipe(made->data(), made->size());
    if (alone) end_one();
    return {};
  }
  std::expected<std::vector<secret>, std::string> finish() {
    end_one();
    if (found_.empty()) return std::unexpected(fmt::format("{}: {}", where_, expected));
    return std::move(found_);
  }

 private:
  static constexpr std::string_view expected =
      "expected one API key a line, or header lines such as `Authorization: Bearer …` with an empty line between two "
      "credentials";

  void end_one() {
    if (lines_.empty()) return;
    found_.emplace_back(lines_);
    wipe(lines_.data(), lines_.size());
    lines_.clear();
  }

  std::string_view where_;
  std::size_t number_ = 0;
  std::string lines_;
  std::vector<secret> found_;
};

}  // namespace

void request_frame::append_head_end(std::string& to, std::size_t credential, std::string_view more) const {
  to.append(" HTTP/1.1\r\nHost: ").append(host).append("\r\n").append(header_lines).append(more);
  if (credential < credentials.size()) to.append(credentials[credential].view());
  to.append("\r\n");
}

std::expected<std::string, std::string> header_line(std::string_view name, std::string_view value) {
  if (!http::is_token(name)) return std::unexpected("expected the name of a header, letters, digits and hyphens");
  if (!http::detail::all_of_class(value, http::detail::text_byte))
    return std::unexpected("expected a header's value without control characters");
  if (is_one_of(of_the_framing, name))
    return std::unexpected(fmt::format("{} is set by sidecache replay itself", name));
  return fmt::format("{}: {}\r\n", name, value);
}

std::expected<std::string, std::string> header_line_of_flag(std::string_view text) {
  const auto colon = text.find(':');
  if (colon == std::string_view::npos || colon == 0) return std::unexpected("expected NAME: VALUE");
  const auto name = trim(text.substr(0, colon));
  if (is_one_of(credential_names, name))
    return std::unexpected(fmt::format("{} is a credential: it comes from --credential-file", name));
  return header_line(name, trim(text.substr(colon + 1)));
}

std::expected<std::vector<secret>, std::string> parse_credentials(std::string_view text, std::string_view where) {
  credential_reader reader(where);
  while (!text.empty()) {
    const auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (auto taken = reader.take(line); !taken) return std::unexpected(std::move(taken.error()));
  }
  return reader.finish();
}

std::expected<std::vector<secret>, std::string> read_credentials(const std::string& file) {
  std::ifstream in;
  in.rdbuf()->pubsetbuf(nullptr, 0);  // no buffer that would keep a copy
  in.open(file, std::ios::binary);
  if (!in) return std::unexpected(file + ": can't be read");
  std::basic_string<char, std::char_traits<char>, wiping_allocator<char>> bytes;
  std::array<char, 4096> piece{};
  while (in.read(piece.data(), piece.size()) || in.gcount() > 0) {
    bytes.append(piece.data(), static_cast<std::size_t>(in.gcount()));
    if (bytes.size() > most_file_bytes) return std::unexpected(file + ": expected at most 16 MiB");
  }
  wipe(piece.data(), piece.size());
  return parse_credentials({bytes.data(), bytes.size()}, file);
}

}  // namespace sidecache::replay
