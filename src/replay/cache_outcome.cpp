#include "replay/cache_outcome.hpp"

#include <algorithm>
#include <string>

#include "base/text.hpp"

namespace sidecache::replay {
namespace {

/// The bytes up to the first of `mark` that stands outside of a quoted string (RFC 8941 §3.3.3).
std::string_view up_to(std::string_view text, char mark) {
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (quoted && text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      quoted = !quoted;
    } else if (!quoted && text[i] == mark) {
      return text.substr(0, i);
    }
  }
  return text;
}

std::string_view last_member(std::string_view list) {
  while (true) {
    const auto member = up_to(list, ',');
    if (member.size() == list.size()) return trim(member);
    list.remove_prefix(member.size() + 1);
  }
}

cache_outcome forwarded(std::string_view reason) {
  constexpr auto first = static_cast<std::size_t>(cache_outcome::fwd_uri_miss);
  constexpr auto last = static_cast<std::size_t>(cache_outcome::fwd_bypass);
  constexpr std::size_t prefix = std::string_view("fwd=").size();
  for (std::size_t i = first; i <= last; ++i)
    if (cache_outcome_names.at(i).substr(prefix) == reason) return static_cast<cache_outcome>(i);
  return cache_outcome::unclear;
}

}  // namespace

cache_outcome outcome_in(std::string_view field) {
  std::string_view rest = last_member(field);
  bool hit = false;
  bool past_its_time = false;
  bool collapsed = false;
  std::string_view reason;
  while (!rest.empty()) {
    const auto whole = up_to(rest, ';');
    rest.remove_prefix(std::min(whole.size() + 1, rest.size()));
    const auto parameter = trim(whole);
    if (parameter == "hit") hit = true;
    if (parameter == "collapsed") collapsed = true;
    if (parameter.starts_with("ttl=-")) past_its_time = true;
    if (parameter.starts_with("fwd=")) reason = parameter.substr(4);
  }
  if (hit) return past_its_time ? cache_outcome::stale : cache_outcome::hit;
  if (collapsed) return cache_outcome::collapsed;
  return reason.empty() ? cache_outcome::unclear : forwarded(reason);
}

}  // namespace sidecache::replay
