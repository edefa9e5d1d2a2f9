#include "config/value_reader.hpp"

#include <algorithm>
#include <charconv>

#include "base/text.hpp"
#include "base/units.hpp"
#include "config/planes_reader.hpp"
#include "config/route_reader.hpp"
#include "http/no_proxy.hpp"

namespace sidecache::config {
namespace {

using error_list = std::vector<config_error>;

/// What a URL may not have is what may be secret in it: a user, a query, a fragment.
bool may_be_secret(const setting& what, std::string_view text) {
  return what.type == value_type::secret_file || what.type == value_type::proxy ||
         ((what.type == value_type::url || what.type == value_type::urls) &&
          text.find_first_of("@?#") != std::string_view::npos);
}

std::string found(const setting& what, const node& value) {
  switch (value.shape) {
    case shape::nothing:
      return "nothing";
    case shape::list:
      return "a list";
    case shape::map:
      return "a map";
    case shape::text:
      break;
  }
  return may_be_secret(what, value.text) ? "something else (not shown, it may be secret)" : in_quotes(value.text);
}

/// "" or segments of unreserved characters (RFC 3986 §2.3), none of them of dots alone.
bool is_prefix(std::string_view text) {
  constexpr std::size_t longest = 256;
  if (text.empty()) return true;
  if (text.size() > longest || !text.starts_with('/')) return false;
  while (!text.empty()) {
    const auto segment = text.substr(1, std::min(text.find('/', 1), text.size()) - 1);
    if (segment.empty() || segment.find_first_not_of('.') == std::string_view::npos) return false;
    const bool plain = std::ranges::all_of(segment, [](char c) {
      const char l = to_lower(c);
      return (l >= 'a' && l <= 'z') || (c >= '0' && c <= '9') || std::string_view("-._~").contains(c);
    });
    if (!plain) return false;
    text.remove_prefix(segment.size() + 1);
  }
  return true;
}

std::expected<std::string, std::string> parse_prefix(std::string_view text) {
  if (is_prefix(text)) return std::string(text);
  return std::unexpected(std::string("\"\" or a path such as /v1: plain characters, no slash at the end"));
}

/// Whether there is such a user is known only where it is needed.
bool is_owner(std::string_view text) {
  const auto colon = text.find(':');
  const auto group = colon == std::string_view::npos ? std::string_view("-") : text.substr(colon + 1);
  return !group.empty() && !group.contains(':') &&
         std::ranges::all_of(text, [](char c) { return c > ' ' && c < 0x7F && c != '/'; });
}

/// What a label, a socket's name and a member of JSON take as it is.
bool is_name(std::string_view text) {
  constexpr std::size_t longest = 32;
  return text.size() <= longest && std::ranges::all_of(text, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
         });
}

/// Several in one text are fine too: an environment has them so.
std::expected<std::string, std::string> parse_hosts(std::string_view text) {
  if (http::parse_no_proxy(text).not_understood.empty()) return std::string(text);
  return std::unexpected("hosts such as cp.example, .example:8443, 10.0.0.0/8 or [2001:db8::1]:443, or *");
}

/// A socket's path that breaks a line of the log, or that a variable can't give back: there commas part a list's items
/// and spaces around them are dropped.
std::expected<listen_address, std::string> parse_address(std::string_view text) {
  auto parsed = parse_listen_address(text);
  const bool plain =
      std::ranges::none_of(text, [](char c) { return static_cast<unsigned char>(c) < ' ' || c == 0x7F; });
  if (parsed && (!plain || text.contains(',') || trim(text) != text))
    return std::unexpected(std::string("a path without commas, control bytes and spaces at its end"));
  return parsed;
}

/// A list, or a single item that stands for a list of one; `parse` gives the item or says what it expected.
template <class Item, class Parse>
bool read_list(const setting& what, const node& value, Parse parse, std::vector<Item>& into, error_list& errors) {
  into.clear();
  const bool single = value.shape == shape::text;
  if (!single && (value.shape != shape::list || value.items.empty())) {
    errors.push_back(wrong_value(what, std::string(what.key), value, expected_value(what)));
    if (value.shape == shape::list) errors.back().found = "an empty list";
    return false;
  }
  const auto before = errors.size();
  const std::size_t count = single ? 1 : value.items.size();
  for (std::size_t i = 0; i < count; ++i) {
    const node& item = single ? value : value.items[i];
    const std::string key = count == 1 ? std::string(what.key) : std::string(what.key) + "[" + std::to_string(i) + "]";
    auto parsed = parse(item.text);
    if (item.shape != shape::text)
      errors.push_back(wrong_value(what, key, item, expected_value(what)));
    else if (!parsed)
      errors.push_back(wrong_value(what, key, item, parsed.error()));
    else
      into.push_back(std::move(*parsed));
  }
  return errors.size() == before;
}

/// Nothing if it was read, else what was expected.
struct text_reader {
  const setting& what;
  const std::string& text;
  settings& into;

  std::optional<std::string> operator()(duration& (*at)(settings&)) const {
    const auto number = read_number(what, text);
    if (!number) return expected_value(what);
    at(into) = duration(static_cast<std::int64_t>(*number));
    return std::nullopt;
  }
  std::optional<std::string> operator()(std::uint64_t& (*at)(settings&)) const {
    const auto number = read_number(what, text);
    if (!number) return expected_value(what);
    at(into) = *number;
    return std::nullopt;
  }
  std::optional<std::string> operator()(std::string& (*at)(settings&)) const {
    if (what.type == value_type::proxy) return keep(parse_proxy(text), at(into));
    if (text.contains('\0')) return expected_value(what);
    if (what.type == value_type::path && !is_request_path(text)) return expected_value(what);
    if (what.type == value_type::owner && !text.empty() && !is_owner(text)) return expected_value(what);
    if (what.type == value_type::prefix && !is_prefix(text)) return expected_value(what);
    if (what.type == value_type::name && !is_name(text)) return expected_value(what);
    at(into) = text;
    return std::nullopt;
  }
  std::optional<std::string> operator()(listen_address& (*at)(settings&)) const {
    return keep(parse_address(text), at(into));
  }
  std::optional<std::string> operator()(upstream_url& (*at)(settings&)) const {
    return keep(parse_upstream_url(text), at(into));
  }
  std::optional<std::string> operator()(const choice_access& at) const {
    const auto word = std::ranges::find(what.words, text);
    if (word == what.words.end()) return expected_value(what);
    at.set(into, static_cast<std::size_t>(word - what.words.begin()));
    return std::nullopt;
  }
  /// Lists are read by read_value().
  template <class Item>
  std::optional<std::string> operator()(std::vector<Item>& (* /*at*/)(settings&)) const {
    return expected_value(what);
  }

 private:
  template <class Value>
  static std::optional<std::string> keep(std::expected<Value, std::string> parsed, Value& at) {
    if (!parsed) return parsed.error();
    at = std::move(*parsed);
    return std::nullopt;
  }
};

}  // namespace

std::optional<std::uint64_t> read_number(const setting& what, std::string_view text) {
  std::uint64_t number = 0;
  if (what.type == value_type::duration) {
    const auto parsed = parse_duration(text);
    if (!parsed) return std::nullopt;
    number = static_cast<std::uint64_t>(parsed->count());
  } else if (what.type == value_type::size) {
    const auto parsed = parse_size(text);
    if (!parsed) return std::nullopt;
    number = *parsed;
  } else {
    const int base = what.type == value_type::mode ? 8 : 10;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  }
  if (number < what.low || number > what.high) return std::nullopt;
  return number;
}

config_error wrong_value(const setting& what, std::string key, const node& value, std::string expected) {
  return {.where = value.where,
          .key = std::move(key),
          .found = found(what, value),
          .expected = std::move(expected),
          .closest = {}};
}

bool read_value(const setting& what, const node& value, settings& into, error_list& errors) {
  if (const auto* at = std::get_if<std::vector<listen_address>& (*)(settings&)>(&what.at))
    return read_list(what, value, parse_address, (*at)(into), errors);
  if (const auto* at = std::get_if<std::vector<std::string>& (*)(settings&)>(&what.at)) {
    if (what.type == value_type::prefixes) return read_list(what, value, parse_prefix, (*at)(into), errors);
    const bool right = read_list(what, value, parse_hosts, (*at)(into), errors);
    std::erase((*at)(into), "");  // that no host is named
    return right;
  }
  if (const auto* at = std::get_if<std::vector<weighted_url>& (*)(settings&)>(&what.at)) {
    const bool right = read_list(what, value, parse_weighted_url, (*at)(into), errors);
    std::erase((*at)(into), weighted_url{});  // that none is named
    return right;
  }
  if (const auto* at = std::get_if<std::vector<route_settings>& (*)(settings&)>(&what.at))
    return read_routes(what, value, (*at)(into), errors);
  if (what.type == value_type::planes) return check_planes(what, value, errors);

  auto complaint = value.shape == shape::text ? std::visit(text_reader{what, value.text, into}, what.at)
                                              : std::optional(expected_value(what));
  if (complaint) errors.push_back(wrong_value(what, std::string(what.key), value, std::move(*complaint)));
  return !complaint;
}

node node_from_text(const setting& what, std::string_view text, const place& where) {
  if (what.type == value_type::routes) return routes_from_text(text, where);
  if (what.type == value_type::planes) return planes_from_text(text, where);
  node out = make_text(text, where);
  if (what.type != value_type::addresses && what.type != value_type::prefixes && what.type != value_type::hosts &&
      what.type != value_type::urls)
    return out;
  node list = make_node(shape::list, where);
  for (;;) {
    const auto comma = text.find(',');
    const auto item = trim(text.substr(0, comma));
    out.text = item == R"("")" ? std::string_view{} : item;
    list.items.push_back(out);
    if (comma == std::string_view::npos) return list;
    text.remove_prefix(comma + 1);
  }
}

std::string shown_text(const setting& what, const node& value) {
  if (what.type == value_type::routes) return routes_text(value);
  if (what.type == value_type::planes) return planes_text(value);
  if (what.type == value_type::secret_file) return value.text.empty() ? "" : "(set)";
  if (value.shape != shape::list) return value.text;
  if ((what.type == value_type::hosts || what.type == value_type::urls) && value.items.size() == 1)
    return value.items.front().text;
  std::string out;
  for (const auto& item : value.items)
    out.append(out.empty() ? "" : ", ").append(item.text.empty() ? std::string_view(R"("")") : item.text);
  return out;
}

}  // namespace sidecache::config
