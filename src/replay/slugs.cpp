#include "replay/slugs.hpp"

#include <fmt/format.h>

#include <fstream>

#include "base/text.hpp"
#include "http/field_line.hpp"

namespace sidecache::replay {
namespace {

/// A piece of a path, which goes out as it is: nothing that would end it, or the request line.
bool is_segment_text(std::string_view text) {
  return http::is_target_text(text) && text.find_first_of("/?#") == std::string_view::npos;
}

}  // namespace

std::expected<slugs, std::string> slugs::numbered(std::string_view format, std::uint64_t records) {
  auto parsed = slug_format::parse(format);
  if (!parsed) return std::unexpected(parsed.error());
  slugs made;
  made.numbered_ = *std::move(parsed);
  made.records_ = records;
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
  numbered_.append(rank + 1, to);
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
