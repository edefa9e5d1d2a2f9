#include "http/head_block.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "http/field_line.hpp"

namespace sidecache::http {
namespace {

/// Lower case. None of them is part of a key, frames anything, or is looked at before a lookup is answered from memory.
constexpr std::array<std::string_view, 16> differing{"traceparent",
                                                     "tracestate",
                                                     "baggage",
                                                     "x-request-id",
                                                     "x-correlation-id",
                                                     "x-amzn-trace-id",
                                                     "x-cloud-trace-context",
                                                     "b3",
                                                     "x-b3-traceid",
                                                     "x-b3-spanid",
                                                     "x-b3-parentspanid",
                                                     "x-b3-sampled",
                                                     "x-b3-flags",
                                                     "uber-trace-id",
                                                     "x-portkey-trace-id",
                                                     "x-portkey-metadata"};
constexpr std::string_view none_match = "if-none-match";
constexpr std::size_t most_gaps = 8;

constexpr std::string_view get = "GET /";
constexpr std::string_view version = " HTTP/1.1\r\n";

}  // namespace

std::optional<plain_get> read_plain_get(std::string_view bytes, std::size_t most_target) {
  if (!bytes.starts_with(get)) return std::nullopt;
  const auto end = bytes.find(' ', get.size());
  if (end == std::string_view::npos || !bytes.substr(end).starts_with(version)) return std::nullopt;
  const auto target = bytes.substr(get.size() - 1, end - get.size() + 1);
  if (!is_visible(target) || target.size() > most_target) return std::nullopt;
  return plain_get{target, end + version.size()};
}

bool may_differ(std::string_view name) {
  return equal_ignoring_case(name, none_match) ||
         std::ranges::any_of(differing, [&](auto each) { return equal_ignoring_case(name, each); });
}

void head_block::find_gaps(std::string_view block, std::vector<gap>& out) {
  for (std::size_t at = 0; at < block.size();) {
    const auto end = std::min(block.find("\r\n", at), block.size());
    const auto line = block.substr(at, end - at);
    const auto colon = line.find(':');
    if (colon != std::string_view::npos) {
      const auto name = line.substr(0, colon);
      const bool asks = equal_ignoring_case(name, none_match);
      if (may_differ(name)) {
        const auto begin = std::min(block.find_first_not_of(" \t", at + colon + 1), end);
        out.push_back({static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end), asks});
      }
    }
    at = end + 2;
  }
}

head_block::head_block(std::string_view bytes, std::vector<gap> gaps, const request_head& parsed)
    : bytes_(bytes),
      gaps_(std::move(gaps)),
      asks_if_none_match_(std::ranges::any_of(gaps_, [](const gap& g) { return g.if_none_match; })),
      keep_alive_(parsed.keep_alive),
      expect_continue_(parsed.expect_continue),
      body_(parsed.body),
      content_length_(parsed.content_length) {}

std::optional<head_block> head_block::of(std::string_view block, const request_head& parsed) {
  std::vector<gap> gaps;
  find_gaps(block, gaps);
  if (gaps.size() > most_gaps || std::ranges::count(gaps, true, &gap::if_none_match) > 1) return std::nullopt;
  return head_block(block, std::move(gaps), parsed);
}

std::optional<head_block::match> head_block::matches(std::string_view bytes) const {
  const std::string_view mine = bytes_.view();
  match found;
  std::size_t from = 0;  // in mine; what is before it matched
  std::size_t at = 0;    // in bytes
  for (const gap& each : gaps_) {
    const auto fixed = mine.substr(from, each.begin - from);
    if (!bytes.substr(at).starts_with(fixed)) return std::nullopt;
    at += fixed.size();
    const auto end = bytes.find('\r', at);
    if (end == std::string_view::npos) return std::nullopt;
    const auto value = bytes.substr(at, end - at);
    if (!is_text(value)) return std::nullopt;
    if (each.if_none_match) found.if_none_match = value.substr(0, value.find_last_not_of(" \t") + 1);
    at = end;
    from = each.end;
  }
  const auto rest = mine.substr(from);
  if (!bytes.substr(at).starts_with(rest)) return std::nullopt;
  found.size = at + rest.size();
  return found;
}

bool head_block::read(const plain_get& line, std::string_view bytes, request_head& out) const {
  if (!is_target_text(line.target)) return false;
  out.method = method::get;
  out.method_name.assign("GET");
  out.target.assign(line.target);
  out.version = 11;
  out.fields.clear();
  out.fields.reserve(bytes.size());
  for_each_field(bytes, [&](std::string_view name, std::string_view value) { out.fields.add_foreign({name, value}); });
  out.body = body_;
  out.content_length = content_length_;
  out.keep_alive = keep_alive_;
  out.expect_continue = expect_continue_;
  return true;
}

void append_fixed_part(std::string_view block, std::string& out) {
  thread_local std::vector<head_block::gap> gaps;
  gaps.clear();
  head_block::find_gaps(block, gaps);
  std::size_t from = 0;
  for (const auto& each : gaps) {
    out.append(block.substr(from, each.begin - from));
    from = each.end;
  }
  out.append(block.substr(from));
}

}  // namespace sidecache::http
