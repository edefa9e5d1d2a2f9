#include "http/trace_context.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace sidecache::http {
namespace {

constexpr std::size_t trace_at = 3;
constexpr std::size_t trace_size = 32;
constexpr std::size_t parent_at = trace_at + trace_size + 1;
constexpr std::size_t parent_size = 16;
constexpr std::size_t flags_at = parent_at + parent_size + 1;
constexpr std::size_t whole_size = flags_at + 2;

bool is_lower_hex(std::string_view text) {
  return text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

/// All zeros is how both ids say that they are none (§3.2.2.3, §3.2.2.4).
bool is_id(std::string_view text) {
  return is_lower_hex(text) && text.find_first_not_of('0') != std::string_view::npos;
}

std::uint64_t not_zero(random_source& chances) {
  for (;;)
    if (const auto drawn = chances.next(); drawn != 0) return drawn;
}

}  // namespace

std::string_view trace_id_of(std::string_view traceparent) {
  if (traceparent.size() < whole_size) return {};
  const auto version = traceparent.substr(0, 2);
  const auto trace = traceparent.substr(trace_at, trace_size);
  const bool ends = version == "00" ? traceparent.size() == whole_size
                                    : traceparent.size() == whole_size || traceparent[whole_size] == '-';
  const bool dashes =
      traceparent[trace_at - 1] == '-' && traceparent[parent_at - 1] == '-' && traceparent[flags_at - 1] == '-';
  if (!ends || !dashes || !is_lower_hex(version) || version == "ff" || !is_id(trace) ||
      !is_id(traceparent.substr(parent_at, parent_size)) || !is_lower_hex(traceparent.substr(flags_at, 2)))
    return {};
  return trace;
}

std::string make_traceparent(random_source& chances) {
  const auto high = not_zero(chances);
  const auto low = chances.next();
  return fmt::format("00-{:016x}{:016x}-{:016x}-00", high, low, not_zero(chances));
}

std::string make_request_id(random_source& chances) {
  const std::uint64_t high = (chances.next() & 0xFFFF'FFFF'FFFF'0FFFU) | 0x4000U;                // version 4
  const std::uint64_t low = (chances.next() & 0x3FFF'FFFF'FFFF'FFFFU) | 0x8000'0000'0000'0000U;  // variant 10
  return fmt::format("{:08x}-{:04x}-{:04x}-{:04x}-{:012x}", high >> 32U, (high >> 16U) & 0xFFFFU, high & 0xFFFFU,
                     low >> 48U, low & 0xFFFF'FFFF'FFFFU);
}

void complete_trace_fields(fields& upstream, random_source& chances) {
  if (upstream.find("traceparent").value_or("").empty()) {
    upstream.erase("tracestate");
    upstream.set("traceparent", make_traceparent(chances));
  }
  if (upstream.find("x-request-id").value_or("").empty()) upstream.set("x-request-id", make_request_id(chances));
}

}  // namespace sidecache::http
