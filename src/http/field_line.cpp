#include "http/field_line.hpp"

#include <cstdint>
#include <cstring>

#include "base/text.hpp"

namespace sidecache::http {

namespace {

constexpr std::uint64_t ones = 0x0101010101010101;
constexpr std::uint64_t tops = 0x80 * ones;

std::uint64_t eight_at(const char* from) {
  std::uint64_t eight = 0;
  std::memcpy(&eight, from, sizeof eight);
  return eight;
}

bool is_visible_byte(char c) { return c > 0x20 && c < 0x7F; }

/// A top bit for each byte that is not visible; where there is none that has a top bit itself, no byte carries into
/// another.
std::uint64_t not_visible(std::uint64_t eight) { return (~(eight + 0x5F * ones) | (eight + ones) | eight) & tops; }

}  // namespace

bool is_visible(std::string_view text) {
  if (text.size() < 8) return !text.empty() && std::ranges::all_of(text, is_visible_byte);
  const char* const last = text.data() + text.size() - 8;
  std::uint64_t bad = not_visible(eight_at(last));
  for (const char* at = text.data(); at < last; at += 8) bad |= not_visible(eight_at(at));
  return bad == 0;
}

bool is_text(std::string_view text) {
  std::uint64_t suspect = 0;
  std::size_t at = 0;
  for (; at + 8 <= text.size(); at += 8) {
    const std::uint64_t eight = eight_at(text.data() + at);
    const std::uint64_t del = eight ^ (0x7F * ones);
    // A byte below n borrows from its top bit (or from its neighbour's, which is then suspect for nothing).
    suspect |= (((eight - 0x20 * ones) & ~eight) | ((del - ones) & ~del)) & tops;
  }
  if (suspect != 0) return detail::all_of_class(text, detail::text_byte);
  return detail::all_of_class(text.substr(at), detail::text_byte);
}

std::expected<std::string_view, flaw> check_line(std::string_view line) {
  line.remove_suffix(1);
  if (line.empty() || line.back() != '\r') return std::unexpected(flaw::bare_lf);
  line.remove_suffix(1);
  if (is_text(line)) return line;
  return std::unexpected(line.contains('\r') ? flaw::bare_cr : flaw::control_byte);
}

std::expected<field, flaw> split_field_line(std::string_view text) {
  if (text.empty()) return std::unexpected(flaw::no_colon);
  if (text.front() == ' ' || text.front() == '\t') return std::unexpected(flaw::obs_fold);
  const auto colon = text.find(':');
  if (colon == 0 || colon == std::string_view::npos) return std::unexpected(flaw::no_colon);
  const auto name = text.substr(0, colon);
  if (name.back() == ' ' || name.back() == '\t') return std::unexpected(flaw::space_before_colon);
  if (!is_token(name)) return std::unexpected(flaw::bad_field_name);
  return field{name, trim(text.substr(colon + 1))};
}

}  // namespace sidecache::http
