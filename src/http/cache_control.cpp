#include "http/cache_control.hpp"

#include <algorithm>
#include <cstdint>
#include <string>

#include "base/text.hpp"

namespace sidecache::http {
namespace {

using std::chrono::seconds;

struct directive {
  std::string_view name;
  std::optional<std::string> argument;  ///< unquoted; nothing if there was no "="
  bool garbled = false;                 ///< breaks the grammar: no number in it counts
};

/// The length of a quoted string that begins at the front, closing quote included; 0 if it never closes.
std::size_t quoted_size(std::string_view text) {
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      return i + 1;
    }
  }
  return 0;
}

/// Without the quotes and the backslashes of quoted pairs (RFC 9110 §5.6.4).
std::string unquote(std::string_view quoted) {
  std::string out;
  for (std::size_t i = 1; i + 1 < quoted.size(); ++i) {
    if (quoted[i] == '\\') ++i;
    out.push_back(quoted[i]);
  }
  return out;
}

/// Cuts what stands before the next separator off the front; within a quoted string nothing separates. `open` is set
/// when a quote does not close: from there on separators count again.
std::string_view next_piece(std::string_view& text, std::string_view separators, bool& open) {
  std::size_t end = 0;
  while (end < text.size() && !separators.contains(text[end])) {
    const std::size_t quoted = text[end] == '"' && !open ? quoted_size(text.substr(end)) : 1;
    if (quoted == 0) open = true;
    end += quoted == 0 ? 1 : quoted;
  }
  const auto piece = trim(text.substr(0, end));
  text.remove_prefix(std::min(end + 1, text.size()));
  return piece;
}

directive read_directive(std::string_view text, bool garbled) {
  const auto equals = text.find('=');
  directive out{.name = text.substr(0, equals), .argument = std::nullopt, .garbled = garbled};
  if (equals == std::string_view::npos) return out;
  const auto argument = text.substr(equals + 1);
  const bool quoted = argument.starts_with('"') && quoted_size(argument) == argument.size();
  out.argument = quoted ? unquote(argument) : std::string(argument);
  return out;
}

/// A member of the list is one directive. Where it is several words ("max-age = 5", "max-age=5; no-store", a comma
/// forgotten) it breaks the grammar: each word is looked at for what it restricts, none for what it permits.
template <class Visit>
void for_each_directive(const fields& of, Visit visit) {
  for (const auto& [name, value] : of) {
    if (!equal_ignoring_case(name, "cache-control")) continue;
    bool open = false;
    for (std::string_view line = value; !line.empty();) {
      auto member = next_piece(line, ",", open);
      const auto whole = member;
      while (!member.empty()) {
        bool inner_open = open;
        const auto text = next_piece(member, " \t;", inner_open);
        if (!text.empty()) visit(read_directive(text, open || text.size() != whole.size()));
      }
    }
  }
}

std::optional<seconds> number_in(const directive& d) {
  return d.argument && !d.garbled ? parse_delta_seconds(*d.argument) : std::nullopt;
}

void narrow(std::optional<seconds>& to, std::optional<seconds> by) {
  if (by) to = to ? std::min(*to, *by) : *by;
}

}  // namespace

std::optional<seconds> parse_delta_seconds(std::string_view text) {
  if (text.empty()) return std::nullopt;
  std::int64_t number = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    number = std::min<std::int64_t>(number * 10 + (c - '0'), largest_delta.count());
  }
  return seconds(number);
}

response_directives read_response_directives(const fields& response) {
  response_directives out;
  const auto number = [](std::optional<seconds>& into, const directive& d) {
    const auto value = number_in(d).value_or(seconds(0));
    into = into && *into != value ? seconds(0) : value;
  };
  for_each_directive(response, [&](const directive& d) {
    const auto is = [&](std::string_view name) { return equal_ignoring_case(d.name, name); };
    if (is("no-store")) out.no_store = true;
    if (is("no-cache")) out.no_cache = true;
    if (is("must-revalidate")) out.must_revalidate = true;
    if (is("immutable") && !d.garbled) out.immutable = true;
    if (is("max-age")) number(out.max_age, d);
    if (is("stale-while-revalidate")) number(out.stale_while_revalidate, d);
    if (is("stale-if-error")) number(out.stale_if_error, d);
  });
  return out;
}

request_directives read_request_directives(const fields& request) {
  request_directives out;
  for_each_directive(request, [&](const directive& d) {
    const auto is = [&](std::string_view name) { return equal_ignoring_case(d.name, name); };
    if (is("no-store")) out.no_store = true;
    if (is("no-cache")) out.no_cache = true;
    if (is("only-if-cached")) out.only_if_cached = true;
    if (is("max-age")) narrow(out.max_age, number_in(d));
    if (is("max-stale")) narrow(out.max_stale, d.argument || d.garbled ? number_in(d) : largest_delta);
    if (is("stale-if-error")) narrow(out.stale_if_error, number_in(d));
    if (is("min-fresh"))
      if (const auto value = number_in(d)) out.min_fresh = std::max(out.min_fresh.value_or(seconds(0)), *value);
  });
  if (!request.contains("cache-control")) out.no_cache = request.lists("pragma", "no-cache");
  return out;
}

}  // namespace sidecache::http
