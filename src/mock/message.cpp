#include "mock/message.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "http/route.hpp"

namespace sidecache::mock {
namespace {

bool decode_form(std::string_view text, std::string& out) {
  std::string spaced(text);
  std::ranges::replace(spaced, '+', ' ');  // application/x-www-form-urlencoded, as query strings are written
  return http::percent_decode(spaced, out);
}

bool parse_query(std::string_view query, target& into) {
  while (!query.empty()) {
    const auto pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), pair.size() + 1));
    if (pair.empty()) continue;
    const auto equals = pair.find('=');
    std::string name;
    std::string value;
    if (!decode_form(pair.substr(0, equals), name)) return false;
    if (equals != std::string_view::npos && !decode_form(pair.substr(equals + 1), value)) return false;
    into.query.emplace_back(std::move(name), std::move(value));
  }
  return true;
}

}  // namespace

std::optional<std::string_view> target::query_value(std::string_view name) const {
  const auto at = std::ranges::find(query, name, [](const auto& pair) -> std::string_view { return pair.first; });
  if (at == query.end()) return std::nullopt;
  return at->second;
}

std::string target::literal(std::size_t i) const { return i < segments.size() ? lower(segments[i]) : std::string{}; }

std::optional<target> parse_target(std::string_view raw) {
  target parsed;
  std::string_view path = path_of(raw);
  const bool with_query = path.size() < raw.size();
  if (with_query && !parse_query(raw.substr(path.size() + 1), parsed)) return std::nullopt;
  while (!path.empty()) {
    const auto segment = path.substr(0, path.find('/'));
    path.remove_prefix(std::min(path.size(), segment.size() + 1));
    if (segment.empty()) continue;
    if (!http::percent_decode(segment, parsed.segments.emplace_back())) return std::nullopt;
  }
  if (parsed.literal(0) == "v1") parsed.segments.erase(parsed.segments.begin());
  return parsed;
}

}  // namespace sidecache::mock
