#include "http/head_rules.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "http/field_line.hpp"
#include "http/field_notes.hpp"
#include "http/header_rules.hpp"

namespace sidecache::http {
namespace {

/// The table is looked up by index, so its rows stand in the order of the flaws.
constexpr bool head_rows_are_in_order() {
  for (std::size_t i = 0; i < head_rules.size(); ++i)
    if (static_cast<std::size_t>(head_rules[i].broken) != i) return false;
  return true;
}
static_assert(head_rows_are_in_order());

/// Cuts the first line off `rest`, LF included.
std::string_view cut_line(std::string_view& rest) {
  const auto end = rest.find('\n');
  const auto size = end == std::string_view::npos ? rest.size() : end + 1;
  const auto line = rest.substr(0, size);
  rest.remove_prefix(size);
  return line;
}

std::expected<std::string_view, flaw> next_line(std::string_view& rest) {
  const auto line = cut_line(rest);
  if (line.empty() || line.back() != '\n') return std::unexpected(flaw::no_colon);
  return check_line(line);
}

/// `take` is given each field, and its line without the CRLF.
std::optional<flaw> scan_fields(std::string_view rest, field_notes& notes, const auto& take) {
  for (;;) {
    const auto text = next_line(rest);
    if (!text) return text.error();
    if (text->empty()) return std::nullopt;  // the blank line
    const auto line = split_field_line(*text);
    if (!line) return line.error();
    if (const auto broken = notes.note(*line)) return broken;
    take(*line, *text);
  }
}

/// 10 or 11; nothing if it is not of the form HTTP/x.y.
std::expected<unsigned, flaw> parse_version(std::string_view text, flaw malformed) {
  const auto digit = [&](std::size_t at) { return text[at] >= '0' && text[at] <= '9'; };
  if (text.size() != 8 || !text.starts_with("HTTP/") || !digit(5) || text[6] != '.' || !digit(7))
    return std::unexpected(malformed);
  if (text == "HTTP/1.1") return 11;
  if (text == "HTTP/1.0") return 10;
  return std::unexpected(flaw::bad_version);
}

std::optional<flaw> scan_request_line(std::string_view line, head_facts& facts) {
  const auto first = line.find(' ');
  const auto last = line.rfind(' ');
  if (first == std::string_view::npos || first == last) return flaw::bad_request_line;
  facts.method = line.substr(0, first);
  facts.target = line.substr(first + 1, last - first - 1);
  if (!is_token(facts.method) || facts.target.empty() || facts.target.contains(' ') || facts.target.contains('\t'))
    return flaw::bad_request_line;
  const auto version = parse_version(line.substr(last + 1), flaw::bad_request_line);
  if (!version) return version.error();
  facts.version = *version;
  if (facts.method == "CONNECT") return flaw::connect;
  return is_target_text(facts.target) ? std::nullopt : std::optional(flaw::bad_target);
}

/// Leaves the target in origin-form. The absolute form must be accepted (RFC 9112 §3.2.2), but here it may only repeat
/// what Host says.
std::optional<flaw> reduce_target(head_facts& facts) {
  if (facts.target.front() == '/') return std::nullopt;
  const bool options = facts.method == "OPTIONS";
  if (facts.target == "*") return options ? std::nullopt : std::optional(flaw::bad_target);
  const std::size_t scheme = starts_with_ignoring_case(facts.target, "http://")    ? 7
                             : starts_with_ignoring_case(facts.target, "https://") ? 8
                                                                                   : 0;
  if (scheme == 0) return flaw::bad_target;
  const auto rest = facts.target.substr(scheme);
  const auto authority = rest.substr(0, rest.find_first_of("/?"));
  if (!is_host(authority)) return flaw::bad_target;
  if (!facts.host || !equal_ignoring_case(authority, *facts.host)) return flaw::foreign_authority;
  facts.target = rest.substr(authority.size());
  if (facts.target.empty()) facts.target = options ? "*" : "/";
  return std::nullopt;
}

std::optional<flaw> scan_status_line(std::string_view line, head_facts& facts) {
  const auto digit = [&](std::size_t at) { return line[at] >= '0' && line[at] <= '9'; };
  if (line.size() < 13 || line[8] != ' ' || line[12] != ' ' || !digit(9) || !digit(10) || !digit(11))
    return flaw::bad_status_line;
  const auto version = parse_version(line.substr(0, 8), flaw::bad_status_line);
  if (!version) return version.error();
  facts.version = *version;
  facts.reason = line.substr(13);
  facts.status = static_cast<unsigned>((line[9] - '0') * 100 + (line[10] - '0') * 10 + (line[11] - '0'));
  return facts.status >= 100 && facts.status <= 599 ? std::nullopt : std::optional(flaw::bad_status_line);
}

std::expected<head_facts, flaw> scan_answer(std::string_view head, const auto& take_status_line, const auto& take) {
  head_facts facts;
  auto rest = head;
  const auto line = next_line(rest);
  if (!line) return std::unexpected(line.error() == flaw::no_colon ? flaw::bad_status_line : line.error());
  if (const auto broken = scan_status_line(*line, facts)) return std::unexpected(*broken);
  take_status_line(*line);
  field_notes notes(facts);
  if (const auto broken = scan_fields(rest, notes, take)) return std::unexpected(*broken);
  if (const auto broken = notes.conclude()) return std::unexpected(*broken);
  const bool bodiless = facts.status < 200 || facts.status == 204;
  if (bodiless && (facts.coding || facts.length.value_or(0) != 0)) return std::unexpected(flaw::framing_without_body);
  return facts;
}

/// Copies the lines of an answer that stay.
class line_passer {
 public:
  line_passer(std::string& out, passed_head& made) : out_(out), made_(made) {}

  void begin(std::string_view status_line) {
    not_modified_ = status_line.substr(9, 3) == "304";
    append(status_line);
  }
  void pass(const field& line, std::string_view text) {
    const auto [name, value] = line;
    const auto is = [name](std::string_view other) { return equal_ignoring_case(name, other); };
    switch (name.size()) {
      case 4:
        made_.dated = made_.dated || is("date");
        break;
      case 7:
        odd_ = odd_ || is("trailer");
        break;
      case 10:
        odd_ = odd_ || (is("connection") && !equal_ignoring_case(value, "keep-alive"));
        break;
      case 14:
        if (is("content-length") && !not_modified_) return;
        break;
      case 16:
        made_.coded = made_.coded || is("content-encoding");
        break;
      default:
        break;
    }
    if (is_hop_by_hop(name)) return;
    // As it is written again: one space, none behind. Most come so.
    const bool as_written = text.size() == name.size() + 2 + value.size() && text[name.size() + 1] == ' ';
    if (as_written) {
      append(text);
    } else {
      out_.append(name).append(": ").append(value).append("\r\n");
    }
  }
  /// Something stands there that a line by itself can't decide.
  [[nodiscard]] bool odd() const { return odd_; }

 private:
  /// With its CRLF, which is behind it.
  void append(std::string_view line) { out_.append(line.data(), line.size() + 2); }

  std::string& out_;
  passed_head& made_;
  bool not_modified_ = false;
  bool odd_ = false;
};

}  // namespace

std::expected<head_facts, flaw> scan_request_head(std::string_view head, std::size_t longest_target) {
  while (head.starts_with("\r\n") && head.size() > 2) head.remove_prefix(2);  // RFC 9112 §2.2
  head_facts facts;
  facts.head = head;
  auto rest = head;
  const auto line = next_line(rest);
  if (!line) return std::unexpected(line.error() == flaw::no_colon ? flaw::bad_request_line : line.error());
  if (const auto broken = scan_request_line(*line, facts)) return std::unexpected(*broken);
  if (facts.target.size() > longest_target) return std::unexpected(flaw::target_too_long);
  field_notes notes(facts);
  const auto parsed_by_beast = [](const field&, std::string_view) {};
  if (const auto broken = scan_fields(rest, notes, parsed_by_beast)) return std::unexpected(*broken);
  if (const auto broken = notes.conclude_request()) return std::unexpected(*broken);
  if (const auto broken = reduce_target(facts)) return std::unexpected(*broken);
  return facts;
}

std::expected<head_facts, flaw> scan_response_head(std::string_view head, fields& out) {
  out.clear();
  out.reserve(head.size());
  return scan_answer(
      head, [](std::string_view) {}, [&out](const field& line, std::string_view) { out.add_foreign(line); });
}

std::optional<passed_head> append_passed_head(std::string_view head, std::string& out) {
  passed_head made;
  line_passer lines(out, made);
  const auto facts = scan_answer(
      head, [&](std::string_view line) { lines.begin(line); },
      [&](const field& line, std::string_view text) { lines.pass(line, text); });
  if (!facts || lines.odd() || facts->version != 11 || facts->status < 200) return std::nullopt;
  made.status = facts->status;
  const bool bodiless = facts->status == 204 || facts->status == 304;
  if (!bodiless && !facts->length) return std::nullopt;
  if (!bodiless) made.length = facts->length.value_or(0);
  return made;
}

}  // namespace sidecache::http
