#include "replay/slugs.hpp"

#include <fmt/format.h>

#include <charconv>
#include <fstream>
#include <iterator>

#include "base/text.hpp"
#include "http/field_line.hpp"

namespace sidecache::replay {
namespace {

constexpr unsigned most_digits = 20;

/// A piece of a path, which goes out as it is: nothing that would end it, or the request line.
bool is_segment_text(std::string_view text) {
  return http::is_target_text(text) && text.find_first_of("/?#") == std::string_view::npos;
}

}  // namespace

std::expected<slugs, std::string> slugs::numbered(std::string_view format, std::uint64_t records) {
  constexpr std::string_view expected = "expected a slug with one %d, or %05d, where its number stands: prod-%d";
  slugs made;
  const auto mark = format.find('%');
  if (mark == std::string_view::npos) return std::unexpected(std::string(expected));
  const std::string_view rest = format.substr(mark + 1);
  const auto end = rest.find('d');
  if (end == std::string_view::npos) return std::unexpected(std::string(expected));
  if (const auto width = rest.substr(0, end); !width.empty()) {
    const auto [stopped, error] = std::from_chars(width.data(), width.data() + width.size(), made.digits_);
    const bool whole = stopped == width.data() + width.size() && error == std::errc{};
    if (!width.starts_with('0') || !whole || made.digits_ > most_digits) return std::unexpected(std::string(expected));
  }
  made.before_ = format.substr(0, mark);
  made.after_ = rest.substr(end + 1);
  made.records_ = records;
  if (made.after_.contains('%') || !is_segment_text(made.before_ + "1" + made.after_))
    return std::unexpected(std::string(expected));
  return made;
}

std::expected<slugs, std::string> slugs::listed(std::vector<std::string> names) {
  if (names.empty()) return std::unexpected("expected at least one slug");
  for (const std::string& each : names)
    if (!is_segment_text(each)) return std::unexpected("expected a slug without white space, /, ? and #");
  slugs made;
  made.names_ = std::move(names);
  return made;
}

void slugs::append(std::uint64_t rank, std::string& to) const {
  if (!names_.empty()) {
    to.append(names_[rank]);
    return;
  }
  to.append(before_);
  fmt::format_to(std::back_inserter(to), "{:0{}}", rank + 1, digits_);
  to.append(after_);
}

std::expected<slugs, std::string> read_slugs(const std::string& file) {
  std::ifstream in(file);
  if (!in) return std::unexpected(file + ": can't be read");
  std::vector<std::string> names;
  std::string line;
  for (std::size_t number = 1; std::getline(in, line); ++number) {
    const auto text = trim(line.ends_with('\r') ? std::string_view(line).substr(0, line.size() - 1) : line);
    if (text.empty() || text.starts_with('#')) continue;
    if (!is_segment_text(text))
      return std::unexpected(
          fmt::format("{}:{}: expected one slug a line, without white space, /, ? and #", file, number));
    names.emplace_back(text);
  }
  auto made = slugs::listed(std::move(names));
  if (!made) return std::unexpected(fmt::format("{}: {}", file, made.error()));
  return made;
}

}  // namespace sidecache::replay
