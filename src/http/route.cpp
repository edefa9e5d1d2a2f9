#include "http/route.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "base/text.hpp"

namespace sidecache::http {
namespace {

/// What is addressed as KIND/IDENT. The partials come before the prompts, whose path begins as theirs does.
constexpr std::array kinds{records::kind::integration,    records::kind::virtual_key, records::kind::provider,
                           records::kind::prompt_partial, records::kind::prompt,      records::kind::config,
                           records::kind::guardrail};

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

/// How many segments from `first` on spell `collection`, which has one or two; nothing if they don't.
template <class Same>
std::optional<std::size_t> match_collection(const path& at, std::size_t first, std::string_view collection, Same same) {
  const auto slash = collection.find('/');
  if (first == at.size || !same(at, first, collection.substr(0, slash))) return std::nullopt;
  if (slash == std::string_view::npos) return 1;
  if (first + 1 == at.size || !same(at, first + 1, collection.substr(slash + 1))) return std::nullopt;
  return 2;
}

bool same_raw(const path& at, std::size_t i, std::string_view text) { return at.segments[i].raw == text; }
bool same_word(const path& at, std::size_t i, std::string_view text) {
  return equal_ignoring_case(at.segments[i].text(), text);
}

std::optional<target> exact_below(const path& at, std::size_t prefix, plane_kind of) {
  for (const auto kind : kinds) {
    if (of == plane_kind::admin && !records::is_typed(kind)) continue;
    const auto n = match_collection(at, prefix, records::collection_name(kind), same_raw);
    if (!n || at.size != prefix + *n + 1) continue;
    // Where any case is taken for the same, this is the partials' list.
    if (kind == records::kind::prompt && same_word(at, prefix + 1, "partials")) return std::nullopt;
    return target{.what = target_class::record,
                  .kind = kind,
                  .ident = std::string(at.segments[prefix + *n].text()),
                  .sub_resource = {},
                  .organisation = {},
                  .exact = true};
  }
  if (of == plane_kind::admin) return std::nullopt;
  if (at.size == prefix + 1 && same_raw(at, prefix, "integrations"))
    return target{.what = target_class::list, .ident = {}, .sub_resource = {}, .organisation = {}, .exact = true};
  if (at.size == prefix + 3 && same_raw(at, prefix, "api-keys") && same_raw(at, prefix + 1, "self") &&
      same_raw(at, prefix + 2, "details"))
    return target{.what = target_class::api_key,
                  .kind = records::kind::api_key,
                  .ident = "self",
                  .sub_resource = "details",
                  .organisation = {},
                  .exact = true};
  return std::nullopt;
}

std::optional<target> exact_target(const path& at, const std::vector<std::string>& prefixes, plane_kind of) {
  for (const auto& prefix : prefixes) {
    const auto n = match_prefix(at, prefix);
    if (!n) continue;
    if (auto found = exact_below(at, *n, of)) return found;
  }
  return std::nullopt;
}

/// What says what the path is about: a segment, or two of them.
struct word {
  std::size_t end = 0;  ///< behind it
  target_class what = target_class::other;
  records::kind kind = records::kind::integration;
};

std::optional<word> word_at(const path& at, std::size_t i) {
  for (const auto kind : kinds)
    if (const auto n = match_collection(at, i, records::collection_name(kind), same_word))
      return word{i + *n, target_class::list, kind};
  if (same_word(at, i, "policies")) return word{.end = i + 1, .what = target_class::policy};
  if (same_word(at, i, "api-keys"))
    return word{.end = i + 1, .what = target_class::api_key, .kind = records::kind::api_key};
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
  target out{.what = found.what, .kind = found.kind, .ident = {}, .sub_resource = {}, .organisation = {}};
  if (found.end < at.size) {
    if (out.what == target_class::list) out.what = target_class::record;
    out.ident = at.segments[found.end].text();
  }
  for (std::size_t i = found.end + 1; i < at.size; ++i) {
    if (out.what == target_class::record) out.what = target_class::sub_resource;
    if (!out.sub_resource.empty()) out.sub_resource += '/';
    out.sub_resource += lower(at.segments[i].text());
  }
  return out;
}

target of_class(target_class what) { return {.what = what, .ident = {}, .sub_resource = {}, .organisation = {}}; }

/// .../organisation/O/sync/N or .../organisation/O/resync, and nothing behind it.
std::optional<target> sync_target(const path& at) {
  for (std::size_t i = 0; i + 2 < at.size; ++i) {
    if (!same_word(at, i, "organisation") && !same_word(at, i, "organisations")) continue;
    target out = of_class(target_class::sync);
    out.organisation = at.segments[i + 1].text();
    if (i + 4 == at.size && same_word(at, i + 2, "sync")) return out;
    out.what = target_class::resync;
    if (i + 3 == at.size && same_word(at, i + 2, "resync")) return out;
  }
  return std::nullopt;
}

/// Under any prefix and in any case. Two words that could each be the one that counts (a slug may be called
/// "providers"), or one that stands where a workspace's name stands, leave it open what the path names.
target generous(const path& at) {
  const auto workspace = workspace_at(at);
  auto sync = sync_target(at);
  std::optional<word> only;
  for (std::size_t i = 0; i < at.size; ++i) {
    const auto found = word_at(at, i);
    if (!found) continue;
    if (only || sync || workspace == i) return of_class(target_class::opaque);
    only = found;
    i = found->end - 1;
  }
  if (sync) return *std::move(sync);
  if (only && (only->what == target_class::list || only->what == target_class::api_key)) return below_kind(at, *only);
  if (only) return of_class(only->what);
  return of_class(workspace ? target_class::workspace : target_class::other);
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
    case route::configs:
      return "configs";
    case route::prompts:
      return "prompts";
    case route::prompt_partials:
      return "prompt_partials";
    case route::guardrails:
      return "guardrails";
    case route::api_keys:
      return "api_keys";
    case route::sync:
      return "sync";
    case route::other:
      return "other";
  }
  return "other";
}

target classify_target(std::string_view raw_target, const std::vector<std::string>& prefixes, plane_kind of) {
  if (raw_target == "*") return {};
  path at;
  if (!split(raw_target.substr(0, raw_target.find('?')), at)) return of_class(target_class::opaque);
  if (auto exact = exact_target(at, prefixes, of)) return *std::move(exact);
  return generous(at);
}

std::string query_value(std::string_view raw_target, std::string_view name) {
  const auto mark = raw_target.find('?');
  if (mark == std::string_view::npos) return {};
  std::optional<std::string> found;
  std::string decoded;
  for (std::string_view rest = raw_target.substr(mark + 1); !rest.empty();) {
    const auto pair = rest.substr(0, rest.find('&'));
    rest.remove_prefix(std::min(pair.size() + 1, rest.size()));
    const auto sign = std::min(pair.find('='), pair.size());
    if (!percent_decode(pair.substr(0, sign), decoded) || decoded != name) continue;
    if (!percent_decode(pair.substr(std::min(sign + 1, pair.size())), decoded)) return {};
    if (found && *found != decoded) return {};
    found = decoded;
  }
  return found.value_or("");
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
