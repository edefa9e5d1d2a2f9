#include "http/forwarding.hpp"

#include <charconv>
#include <limits>
#include <string>

#include "base/text.hpp"

namespace sidecache::http {
namespace {

/// One line instead of many: some servers look at the first alone.
void append_to_list(fields& request, std::string_view name, std::string_view member) {
  auto all = request.joined(name).value_or("");
  if (!all.empty()) all.append(", ");
  request.set(name, all.append(member));
}

/// Where the comment that begins at `at` ends; comments nest and have quoted pairs (RFC 9110 §5.6.5).
std::size_t end_of_comment(std::string_view text, std::size_t at) {
  for (std::size_t depth = 0; at < text.size(); ++at) {
    if (text[at] == '\\') {
      ++at;
    } else if (text[at] == '(') {
      ++depth;
    } else if (text[at] == ')' && --depth == 0) {
      return at + 1;
    }
  }
  return text.size();
}

std::string without_comments(std::string_view via) {
  std::string out;
  for (std::size_t at = 0; at < via.size();) {
    if (via[at] == '(') {
      at = end_of_comment(via, at);
    } else {
      out += via[at++];
    }
  }
  return out;
}

}  // namespace

void append_via(fields& request, unsigned version, std::string_view pseudonym) {
  append_to_list(request, "Via", std::string(version == 10 ? "1.0 " : "1.1 ").append(pseudonym));
}

bool has_passed(const fields& request, std::string_view pseudonym) {
  bool found = false;
  for (const auto& [name, value] : request) {
    if (!equal_ignoring_case(name, "Via")) continue;
    for_each_list_member(without_comments(value), [&](std::string_view member) {
      const auto space = member.find_first_of(" \t");
      found = found || (space != std::string_view::npos && equal_ignoring_case(trim(member.substr(space)), pseudonym));
    });
  }
  return found;
}

std::optional<std::uint64_t> forwards_left(const fields& request) {
  const auto text = request.find("Max-Forwards");
  if (!text || text->empty() || text->find_first_not_of("0123456789") != std::string_view::npos) return std::nullopt;
  std::uint64_t left = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), left);
  // More than can be counted here is the most that can (RFC 9110 §7.6.2).
  return error == std::errc::result_out_of_range ? std::numeric_limits<std::uint64_t>::max() : left;
}

void spend_forward(fields& request) {
  if (const auto left = forwards_left(request); left && *left > 0)
    request.set("Max-Forwards", std::to_string(*left - 1));
}

void append_forwarded_for(fields& request, std::string_view client_address) {
  if (!client_address.empty()) append_to_list(request, "X-Forwarded-For", client_address);
}

}  // namespace sidecache::http
