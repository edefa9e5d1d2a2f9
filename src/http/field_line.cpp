#include "http/field_line.hpp"

#include "base/text.hpp"

namespace sidecache::http {

std::expected<std::string_view, flaw> check_line(std::string_view line) {
  line.remove_suffix(1);
  if (line.empty() || line.back() != '\r') return std::unexpected(flaw::bare_lf);
  line.remove_suffix(1);
  if (detail::is_text(line)) return line;
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
