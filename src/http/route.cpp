#include "http/route.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "base/text.hpp"

namespace sidecache::http {
namespace {

constexpr std::array kinds{records::kind::integration, records::kind::virtual_key, records::kind::provider};

/// Longest real path: /api/v1/admin/workspaces/W/policies/usage-limits/ID/entities/ID/reset, eleven.
constexpr std::size_t max_segments = 24;

/// One non-empty piece between slashes.
struct segment {
  std::string_view raw;
  std::string decoded;  ///< only where it differs from `raw`

  [[nodiscard]] std::string_view text() const { return decoded.empty() ? raw : std::string_view(decoded); }
};

struct path {
  std::array<segment, max_segments> segments;
  std::size_t size = 0;
};

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

constexpr bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }

/// Bytes that servers disagree about when they stand in a path unescaped: a fragment, a parameter (`..;/` is a known
/// way around path rules), a separator on Windows, anything outside of printable ASCII.
constexpr bool is_doubtful(char c) {
  return c == '#' || c == ';' || c == '\\' || c == ' ' || is_control(c) || static_cast<unsigned char>(c) >= 0x80;
}

/// Bytes that mean something else once an escape has become them: a separator, the end of a C string, and `%`, with
/// which a second decoding somewhere behind us would begin.
constexpr bool is_doubtful_decoded(char c) { return c == '/' || c == '\\' || c == '%' || is_control(c); }

/// False if the segment can't be trusted.
bool read_segment(std::string_view raw, segment& out) {
  out.raw = raw;
  if (raw.find('%') != std::string_view::npos) {
    if (!percent_decode(raw, out.decoded) || std::ranges::any_of(out.decoded, is_doubtful_decoded)) return false;
  }
  return out.text() != "." && out.text() != "..";
}

/// Nothing if the path can't be trusted. Empty segments are skipped: SDKs join base URL and path with one slash too
/// many.
bool split(std::string_view text, path& out) {
  if (text.empty() || text.front() != '/' || std::ranges::any_of(text, is_doubtful)) return false;
  while (!text.empty()) {
    text.remove_prefix(1);
    const auto raw = text.substr(0, text.find('/'));
    text.remove_prefix(raw.size());
    if (raw.empty()) continue;
    if (out.size == max_segments || !read_segment(raw, out.segments[out.size])) return false;
    ++out.size;
  }
  return true;
}

/// How many segments `prefix` takes up at the front of the path; nothing if it isn't there.
std::optional<std::size_t> match_prefix(const path& at, std::string_view prefix) {
  std::size_t n = 0;
  while (!prefix.empty()) {
    prefix.remove_prefix(1);
    const auto piece = prefix.substr(0, prefix.find('/'));
    prefix.remove_prefix(piece.size());
    if (n == at.size || at.segments[n].raw != piece) return std::nullopt;
    ++n;
  }
  return n;
}

std::optional<target> exact_record(const path& at, const std::vector<std::string>& prefixes) {
  for (const auto& prefix : prefixes) {
    const auto n = match_prefix(at, prefix);
    if (!n || at.size != *n + 2) continue;
    for (const auto kind : kinds)
      if (at.segments[*n].raw == records::collection_name(kind))
        return target{.what = target_class::record,
                      .kind = kind,
                      .ident = std::string(at.segments[*n + 1].text()),
                      .sub_resource = {},
                      .exact = true};
  }
  return std::nullopt;
}

/// A segment that says what the path is about.
struct word {
  std::size_t at = 0;
  target_class what = target_class::other;
  records::kind kind = records::kind::integration;
};

std::optional<word> word_at(const path& at, std::size_t i) {
  const auto text = at.segments[i].text();
  for (const auto kind : kinds)
    if (equal_ignoring_case(text, records::collection_name(kind))) return word{i, target_class::list, kind};
  if (equal_ignoring_case(text, "policies")) return word{.at = i, .what = target_class::policy};
  if (equal_ignoring_case(text, "api-keys")) return word{.at = i, .what = target_class::api_key};
  return std::nullopt;
}

/// The index of W in /admin/workspaces/W, whether or not the path goes on that far.
std::optional<std::size_t> workspace_at(const path& at) {
  for (std::size_t i = 1; i < at.size; ++i)
    if (equal_ignoring_case(at.segments[i - 1].text(), "admin") &&
        equal_ignoring_case(at.segments[i].text(), "workspaces"))
      return i + 1;
  return std::nullopt;
}

target below_kind(const path& at, const word& found) {
  target out{.what = target_class::list, .kind = found.kind, .ident = {}, .sub_resource = {}};
  if (found.at + 1 < at.size) {
    out.what = target_class::record;
    out.ident = at.segments[found.at + 1].text();
  }
  for (std::size_t i = found.at + 2; i < at.size; ++i) {
    out.what = target_class::sub_resource;
    if (!out.sub_resource.empty()) out.sub_resource += '/';
    out.sub_resource += lower(at.segments[i].text());
  }
  return out;
}

/// Under any prefix and in any case. Two words that could each be the one that counts (a slug may be called
/// "providers"), or one that stands where a workspace's name stands, leave it open what the path names.
target generous(const path& at) {
  const auto workspace = workspace_at(at);
  std::optional<word> only;
  for (std::size_t i = 0; i < at.size; ++i) {
    const auto found = word_at(at, i);
    if (!found) continue;
    if (only || workspace == i) return {.what = target_class::opaque, .ident = {}, .sub_resource = {}};
    only = found;
  }
  if (only && only->what == target_class::list) return below_kind(at, *only);
  if (only) return {.what = only->what, .ident = {}, .sub_resource = {}};
  return {.what = workspace ? target_class::workspace : target_class::other, .ident = {}, .sub_resource = {}};
}

}  // namespace

std::string_view to_string(route r) {
  switch (r) {
    case route::integrations:
      return "integrations";
    case route::virtual_keys:
      return "virtual_keys";
    case route::providers:
      return "providers";
    case route::other:
      return "other";
  }
  return "other";
}

target classify_target(std::string_view raw_target, const std::vector<std::string>& prefixes) {
  if (raw_target == "*") return {};
  path at;
  if (!split(raw_target.substr(0, raw_target.find('?')), at))
    return {.what = target_class::opaque, .ident = {}, .sub_resource = {}};
  if (auto record = exact_record(at, prefixes)) return *std::move(record);
  return generous(at);
}

bool is_uuid(std::string_view text) {
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? text[i] != '-' : hex_value(text[i]) < 0) return false;
  }
  return true;
}

bool same_ident(std::string_view a, std::string_view b) {
  return a == b || (is_uuid(a) && is_uuid(b) && equal_ignoring_case(a, b));
}

bool percent_decode(std::string_view text, std::string& out) {
  out.clear();
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out.push_back(text[i]);
      continue;
    }
    if (i + 2 >= text.size()) return false;
    const int high = hex_value(text[i + 1]);
    const int low = hex_value(text[i + 2]);
    if (high < 0 || low < 0) return false;
    out.push_back(static_cast<char>(high * 16 + low));
    i += 2;
  }
  return true;
}

}  // namespace sidecache::http
