#include "base/slug_format.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <iterator>

namespace sidecache {
namespace {

constexpr unsigned most_digits = 20;

/// Nothing that would end a piece of a path, or the request line.
bool is_segment_text(std::string_view text) {
  return std::ranges::all_of(
      text, [](char c) { return c > ' ' && c < '\x7F' && c != '/' && c != '?' && c != '#' && c != '%'; });
}

}  // namespace

std::expected<slug_format, std::string> slug_format::parse(std::string_view text) {
  const auto wrong = [] {
    return std::unexpected(std::string("expected a slug with one %d, or %05d, where its number stands: prod-%d"));
  };
  slug_format made;
  const auto mark = text.find('%');
  if (mark == std::string_view::npos) return wrong();
  const std::string_view rest = text.substr(mark + 1);
  const auto end = rest.find('d');
  if (end == std::string_view::npos) return wrong();
  if (const auto width = rest.substr(0, end); !width.empty()) {
    const auto [stopped, error] = std::from_chars(width.data(), width.data() + width.size(), made.digits_);
    const bool whole = stopped == width.data() + width.size() && error == std::errc{};
    if (!width.starts_with('0') || !whole || made.digits_ > most_digits) return wrong();
  }
  made.before_ = text.substr(0, mark);
  made.after_ = rest.substr(end + 1);
  if (!is_segment_text(made.before_) || !is_segment_text(made.after_)) return wrong();
  return made;
}

void slug_format::append(std::uint64_t number, std::string& to) const {
  to.append(before_);
  fmt::format_to(std::back_inserter(to), "{:0{}}", number, digits_);
  to.append(after_);
}

std::optional<std::uint64_t> slug_format::number_of(std::string_view slug) const {
  if (slug.size() <= before_.size() + after_.size() || !slug.starts_with(before_) || !slug.ends_with(after_))
    return std::nullopt;
  const auto digits = slug.substr(before_.size(), slug.size() - before_.size() - after_.size());
  const bool filled_up = digits.size() > 1 && digits.front() == '0';
  if (digits.size() < digits_ || (filled_up && digits.size() != digits_)) return std::nullopt;
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  return number;
}

}  // namespace sidecache
