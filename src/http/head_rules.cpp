#include "http/head_rules.hpp"

#include <algorithm>
#include <charconv>
#include <limits>

#include "base/text.hpp"
#include "http/field_line.hpp"

namespace sidecache::http {
namespace {

constexpr std::uint64_t longest_length = std::numeric_limits<std::int64_t>::max();

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

/// reg-name, IPv4 or bracketed IPv6, and a port; no user information, no list.
bool is_host(std::string_view text) {
  for (const char c : text)
    if (!is_token(std::string_view(&c, 1)) && c != ':' && c != '[' && c != ']') return false;
  return !text.empty();
}

/// Fields that say who asks, for what and with which body. `Connection` takes what it names out of a request on its way
/// (RFC 9110 §7.6.1 forbids senders to name fields for all recipients): naming these would send the control plane a
/// request of nobody, or another one than the client's.
bool is_for_the_origin(std::string_view name) {
  constexpr std::array fields{"authorization", "cookie", "host", "content-length", "content-type"};
  return starts_with_ignoring_case(name, "x-portkey-") ||
         std::ranges::any_of(fields, [&](std::string_view each) { return equal_ignoring_case(each, name); });
}

std::expected<std::uint64_t, flaw> parse_length(std::string_view value) {
  if (value.empty() || value.find_first_not_of("0123456789") != std::string_view::npos)
    return std::unexpected(flaw::bad_length);
  std::uint64_t length = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), length);
  if (error != std::errc{} || length > longest_length) return std::unexpected(flaw::length_overflow);
  return length;
}

/// Fields that decide where messages end. Repetitions are told by what was noted before.
class field_notes {
 public:
  explicit field_notes(head_facts& facts) : facts_(facts) {}

  std::optional<flaw> note(const field& line) {
    const auto [name, value] = line;
    switch (name.size()) {  // most fields are none of these: do not compare them
      case 4:
        return equal_ignoring_case(name, "host") ? note_host(value) : std::nullopt;
      case 6:
        return equal_ignoring_case(name, "expect") ? note_expect(value) : std::nullopt;
      case 10:
        return equal_ignoring_case(name, "connection") ? note_connection(value) : std::nullopt;
      case 14:
        return equal_ignoring_case(name, "content-length") ? note_length(value) : std::nullopt;
      case 17:
        return equal_ignoring_case(name, "transfer-encoding") ? note_coding(value) : std::nullopt;
      default:
        return std::nullopt;
    }
  }

  /// What only the whole head can tell.
  [[nodiscard]] std::optional<flaw> conclude() const {
    if (facts_.coding && facts_.length) return flaw::conflicting_framing;
    if (facts_.coding && facts_.version == 10) return flaw::coding_in_http10;
    return std::nullopt;
  }
  [[nodiscard]] std::optional<flaw> conclude_request() const {
    if (!facts_.host && facts_.version == 11) return flaw::missing_host;
    if (unknown_expectation_ && facts_.version == 11) return flaw::unknown_expectation;
    if (nominated_) return flaw::nominated_field;
    return conclude();
  }

 private:
  std::optional<flaw> note_host(std::string_view value) {
    if (facts_.host) return flaw::repeated_host;
    if (!is_host(value)) return flaw::bad_host;
    facts_.host = value;
    return std::nullopt;
  }
  std::optional<flaw> note_expect(std::string_view value) {
    facts_.expects = equal_ignoring_case(value, "100-continue");
    unknown_expectation_ = unknown_expectation_ || !facts_.expects;
    return std::nullopt;
  }
  std::optional<flaw> note_connection(std::string_view value) {
    bool tokens = true;
    for_each_list_member(value, [&](std::string_view member) {
      tokens = tokens && is_token(member);
      nominated_ = nominated_ || is_for_the_origin(member);
      facts_.close = facts_.close || equal_ignoring_case(member, "close");
      facts_.keep_alive = facts_.keep_alive || equal_ignoring_case(member, "keep-alive");
    });
    return tokens ? std::nullopt : std::optional(flaw::bad_connection);
  }
  std::optional<flaw> note_length(std::string_view value) {
    if (facts_.length) return flaw::repeated_length;
    const auto length = parse_length(value);
    if (!length) return length.error();
    facts_.length = *length;
    return std::nullopt;
  }
  std::optional<flaw> note_coding(std::string_view value) {
    if (facts_.coding || !equal_ignoring_case(value, "chunked")) return flaw::unsupported_coding;
    facts_.coding = true;
    return std::nullopt;
  }

  head_facts& facts_;
  bool unknown_expectation_ = false;
  bool nominated_ = false;  ///< Connection names what is for the origin
};

std::optional<flaw> scan_fields(std::string_view rest, field_notes& notes, fields* out) {
  for (;;) {
    const auto text = next_line(rest);
    if (!text) return text.error();
    if (text->empty()) return std::nullopt;  // the blank line
    const auto line = split_field_line(*text);
    if (!line) return line.error();
    if (const auto broken = notes.note(*line)) return broken;
    if (out != nullptr) out->add_foreign(*line);
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
  if (const auto broken = scan_fields(rest, notes, nullptr)) return std::unexpected(*broken);
  if (const auto broken = notes.conclude_request()) return std::unexpected(*broken);
  if (const auto broken = reduce_target(facts)) return std::unexpected(*broken);
  return facts;
}

std::expected<head_facts, flaw> scan_response_head(std::string_view head, fields& out) {
  head_facts facts;
  out.clear();
  out.reserve(head.size());
  auto rest = head;
  const auto line = next_line(rest);
  if (!line) return std::unexpected(line.error() == flaw::no_colon ? flaw::bad_status_line : line.error());
  if (const auto broken = scan_status_line(*line, facts)) return std::unexpected(*broken);
  field_notes notes(facts);
  if (const auto broken = scan_fields(rest, notes, &out)) return std::unexpected(*broken);
  if (const auto broken = notes.conclude()) return std::unexpected(*broken);
  const bool bodiless = facts.status < 200 || facts.status == 204;
  if (bodiless && (facts.coding || facts.length.value_or(0) != 0)) return std::unexpected(flaw::framing_without_body);
  return facts;
}

}  // namespace sidecache::http
