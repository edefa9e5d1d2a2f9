#include "http/targeted_cache_control.hpp"

#include <algorithm>
#include <functional>
#include <string>

#include "base/text.hpp"

namespace sidecache::http {
namespace {

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
constexpr bool is_alpha(char c) { return is_lower(c) || (c >= 'A' && c <= 'Z'); }

/// A member's value, as far as a directive may take it.
struct item {
  bool is_true = true;                          ///< a Boolean, or a key without a value
  std::optional<std::chrono::seconds> integer;  ///< an Integer that is not negative
  bool is_boolean = false;
};

/// RFC 8941 §4.2. Each function takes what it reads off the front; false: it is no such thing.
class dictionary_reader {
 public:
  explicit dictionary_reader(std::string_view text) : text_(trim(text)) {}

  /// §4.2.2
  bool dictionary(const std::function<void(std::string_view, const item&)>& member) {
    while (!text_.empty()) {
      std::string_view name;
      item value;
      if (!key(name)) return false;
      value.is_boolean = true;
      if (take('=') && !(text_.starts_with('(') ? inner_list(value) : bare_item(value))) return false;
      if (!parameters()) return false;
      member(name, value);
      blanks();
      if (text_.empty()) return true;
      if (!take(',')) return false;
      blanks();
      if (text_.empty()) return false;  // a comma at the end
    }
    return true;
  }

 private:
  bool take(char c) {
    if (!text_.starts_with(c)) return false;
    text_.remove_prefix(1);
    return true;
  }
  void blanks() { text_.remove_prefix(std::min(text_.find_first_not_of(" \t"), text_.size())); }
  template <class Accept>
  std::string_view take_while(Accept accept) {
    const auto end = std::ranges::find_if_not(text_, accept) - text_.begin();
    const auto taken = text_.substr(0, static_cast<std::size_t>(end));
    text_.remove_prefix(taken.size());
    return taken;
  }
  bool key(std::string_view& out) {
    if (text_.empty() || (!is_lower(text_.front()) && text_.front() != '*')) return false;
    out = take_while([](char c) { return is_lower(c) || is_digit(c) || std::string_view("_-.*").contains(c); });
    return true;
  }
  bool parameters() {
    while (take(';')) {
      text_.remove_prefix(std::min(text_.find_first_not_of(' '), text_.size()));
      std::string_view name;
      item ignored;
      if (!key(name) || (take('=') && !bare_item(ignored))) return false;
    }
    return true;
  }
  bool inner_list(item& out) {
    out = {};
    take('(');
    while (!text_.empty()) {
      text_.remove_prefix(std::min(text_.find_first_not_of(' '), text_.size()));
      if (take(')')) return true;
      item ignored;
      if (!bare_item(ignored) || !parameters()) return false;
      if (!text_.starts_with(' ') && !text_.starts_with(')')) return false;
    }
    return false;
  }
  bool bare_item(item& out) {
    out = {};
    if (text_.empty()) return false;
    const char first = text_.front();
    if (first == '-' || is_digit(first)) return number(out);
    if (first == '"') return string();
    if (first == '?') return boolean(out);
    if (first == ':') return bytes();
    if (first != '*' && !is_alpha(first)) return false;
    take_while([](char c) { return is_alpha(c) || is_digit(c) || std::string_view("!#$%&'*+-.^_`|~:/").contains(c); });
    return true;
  }
  /// §4.2.4: at most 15 digits; a Decimal is none of ours.
  bool number(item& out) {
    const bool negative = take('-');
    const auto digits = take_while(is_digit);
    if (digits.empty() || digits.size() > 15) return false;
    if (take('.')) {
      const auto fraction = take_while(is_digit);
      return digits.size() <= 12 && !fraction.empty() && fraction.size() <= 3;
    }
    if (!negative) out.integer = parse_delta_seconds(digits);
    return true;
  }
  bool string() {
    take('"');
    while (!text_.empty()) {
      const char c = text_.front();
      text_.remove_prefix(1);
      if (c == '"') return true;
      if (c < ' ' || c > '~') return false;
      if (c == '\\' && !take('"') && !take('\\')) return false;
    }
    return false;
  }
  bool boolean(item& out) {
    take('?');
    out.is_boolean = true;
    out.is_true = text_.starts_with('1');
    return take('1') || take('0');
  }
  bool bytes() {
    take(':');
    take_while([](char c) { return is_alpha(c) || is_digit(c) || std::string_view("+/=").contains(c); });
    return take(':');
  }

  std::string_view text_;
};

}  // namespace

std::optional<response_directives> read_targeted_directives(const fields& response, std::string_view field_name) {
  const auto text = response.joined(field_name);
  if (!text || trim(*text).empty()) return std::nullopt;
  response_directives out;
  const auto restricts = [](const item& value) { return !value.is_boolean || value.is_true; };
  const auto seconds_in = [](const item& value) { return value.integer.value_or(std::chrono::seconds(0)); };
  const bool parsed = dictionary_reader(*text).dictionary([&](std::string_view name, const item& value) {
    // The last member of a name counts (§4.2.2).
    if (name == "no-store") out.no_store = restricts(value);
    if (name == "no-cache") out.no_cache = restricts(value);
    if (name == "must-revalidate") out.must_revalidate = restricts(value);
    if (name == "immutable") out.immutable = value.is_boolean && value.is_true;
    if (name == "max-age") out.max_age = seconds_in(value);
    if (name == "stale-while-revalidate") out.stale_while_revalidate = seconds_in(value);
    if (name == "stale-if-error") out.stale_if_error = seconds_in(value);
  });
  return parsed ? std::optional(out) : std::nullopt;
}

}  // namespace sidecache::http
