#include "http/conditional.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <stdexcept>
#include <utility>

#include "base/digest.hpp"
#include "base/text.hpp"
#include "http/field_line.hpp"
#include "http/header_rules.hpp"
#include "http/http_date.hpp"

namespace sidecache::http {
namespace {

/// Bytes of an opaque tag between its quotes (RFC 9110 §8.8.3: no space, no quote, no control; obs-text may be).
constexpr bool is_etag_byte(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte == 0x21 || (byte >= 0x23 && byte != 0x7F);
}

/// The size of the entity tag at the front of `text`, 0 if there is none.
std::size_t entity_tag_size(std::string_view text) {
  const std::size_t open = text.starts_with("W/") ? 2 : 0;  // case-sensitive
  if (open >= text.size() || text[open] != '"') return 0;
  std::size_t at = open + 1;
  while (at < text.size() && is_etag_byte(text[at])) ++at;
  return at < text.size() && text[at] == '"' ? at + 1 : 0;
}

std::string_view opaque_part(std::string_view tag) { return tag.starts_with("W/") ? tag.substr(2) : tag; }

/// A comma may stand within a tag, so the list is read tag by tag. What can't be read ends it.
bool list_names(std::string_view list, std::string_view etag) {
  while (true) {
    const auto from = list.find_first_not_of(" \t,");
    if (from == std::string_view::npos) return false;
    list.remove_prefix(from);
    const auto size = entity_tag_size(list);
    const auto rest = trim(list.substr(size));
    if (size == 0 || (!rest.empty() && rest.front() != ',')) return false;
    if (weakly_equal(list.substr(0, size), etag)) return true;
    list = rest;
  }
}

/// Fields that say what the bytes of a body are (RFC 9110 §8), as opposed to what may be done with them.
bool describes_bytes(std::string_view name) {
  if (equal_ignoring_case(name, "content-location")) return false;
  return starts_with_ignoring_case(name, "content-") || equal_ignoring_case(name, "digest") ||
         equal_ignoring_case(name, "repr-digest");
}

bool have_same_opaque_tag(std::string_view a, std::string_view b) { return opaque_part(a) == opaque_part(b); }

bool if_none_match_names(const fields& request, std::string_view etag) {
  if (request.count("if-none-match") == 1 && request.find("if-none-match") == "*") return true;
  return std::ranges::any_of(request, [&](const field& each) {
    return equal_ignoring_case(each.name, "if-none-match") && list_names(each.value, etag);
  });
}

}  // namespace

bool is_entity_tag(std::string_view text) {
  // Most have nothing but printable ASCII, which is looked at eight bytes at a time.
  if (const auto quoted = opaque_part(text); quoted.size() > 2 && quoted.front() == '"' && quoted.back() == '"') {
    const auto inner = quoted.substr(1, quoted.size() - 2);
    if (is_visible(inner) && !inner.contains('"')) return true;
  }
  return !text.empty() && entity_tag_size(text) == text.size();
}

/// What has the opaque tag of an entity tag is one.
bool weakly_equal(std::string_view a, std::string_view b) { return have_same_opaque_tag(a, b) && is_entity_tag(a); }

std::string strong_etag(std::string_view body) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> full{};
  if (EVP_Digest(body.data(), body.size(), full.data(), nullptr, EVP_sha256(), nullptr) != 1)
    throw std::runtime_error("SHA-256 failed");
  return '"' + to_hex(full.data(), 16) + '"';
}

bool only_if_none_match_names(std::string_view value, std::string_view etag) {
  return have_same_opaque_tag(value, etag) || value == "*" || list_names(value, etag);
}

bool not_modified(const fields& request, std::string_view etag, std::optional<wall_time> last_modified, wall_time now) {
  if (request.contains("if-none-match")) return if_none_match_names(request, etag);
  if (!last_modified || request.count("if-modified-since") != 1) return false;
  const auto since = parse_http_date(request.find("if-modified-since").value_or(""), now);
  return since && *last_modified <= *since;
}

bool belongs_to_304(std::string_view name) {
  return !describes_bytes(name) && !equal_ignoring_case(name, "last-modified");
}

bool refresh_stored_fields(fields& stored, const fields& not_modified) {
  const auto theirs = not_modified.find("etag");
  if (theirs && !weakly_equal(*theirs, stored.find("etag").value_or(""))) return false;
  fields news = stored_fields(not_modified);
  // The stored tag stays: theirs is the same but for its strength, and bytes don't become strong by being confirmed.
  news.erase_if([](const field& each) { return describes_bytes(each.name) || equal_ignoring_case(each.name, "etag"); });
  fields out;
  for (const auto& [name, value] : stored)
    if (!news.contains(name)) out.add(name, value);
  for (const auto& [name, value] : news) out.add(name, value);
  stored = std::move(out);
  return true;
}

}  // namespace sidecache::http
