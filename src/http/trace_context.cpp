#include "http/trace_context.hpp"

#include <array>
#include <cstdint>

#include "base/text.hpp"

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

constexpr std::string_view parent_name = "traceparent";
constexpr std::string_view state_name = "tracestate";
constexpr std::string_view id_name = "x-request-id";

/// Text of a known length, written in place: every request that goes upstream may need two.
class drawn_text {
 public:
  drawn_text& text(std::string_view what) {
    for (const char c : what) bytes_[size_++] = c;
    return *this;
  }
  /// The lowest digits of a number, hexadecimal.
  drawn_text& digits(std::uint64_t number, unsigned count) {
    for (unsigned left = count; left > 0; --left)
      bytes_[size_++] = "0123456789abcdef"[(number >> (4 * (left - 1))) & 15U];
    return *this;
  }
  [[nodiscard]] std::string_view view() const { return {bytes_.data(), size_}; }

 private:
  std::array<char, 64> bytes_;  // not cleared
  std::size_t size_ = 0;
};

drawn_text draw_traceparent(random_source& chances) {
  const auto high = not_zero(chances);
  const auto low = chances.next();
  drawn_text made;
  made.text("00-").digits(high, 16).digits(low, 16).text("-").digits(not_zero(chances), 16).text("-00");
  return made;
}

drawn_text draw_request_id(random_source& chances) {
  const std::uint64_t high = (chances.next() & 0xFFFF'FFFF'FFFF'0FFFU) | 0x4000U;                // version 4
  const std::uint64_t low = (chances.next() & 0x3FFF'FFFF'FFFF'FFFFU) | 0x8000'0000'0000'0000U;  // variant 10
  drawn_text made;
  made.digits(high >> 32U, 8).text("-").digits(high >> 16U, 4).text("-").digits(high, 4).text("-");
  made.digits(low >> 48U, 4).text("-").digits(low, 12);
  return made;
}

drawn_text draw_traceparent(random_source& chances, made_ids& made) {
  const drawn_text drawn = draw_traceparent(chances);
  made.set_trace_id(drawn.view().substr(trace_at, trace_size));
  return drawn;
}

drawn_text draw_request_id(random_source& chances, made_ids& made) {
  const drawn_text drawn = draw_request_id(chances);
  made.set_request_id(drawn.view());
  return drawn;
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

std::string make_traceparent(random_source& chances) { return std::string(draw_traceparent(chances).view()); }

std::string make_request_id(random_source& chances) { return std::string(draw_request_id(chances).view()); }

made_ids complete_trace_fields(fields& upstream, random_source& chances) {
  made_ids made;
  bool traced = false;
  bool named = false;
  bool leftover = false;  // of a trace that is none
  bool unnamed = false;
  for (const auto& [name, value] : upstream) {
    if (name.size() == parent_name.size() && equal_ignoring_case(name, parent_name)) {
      (value.empty() ? leftover : traced) = true;
    } else if (name.size() == id_name.size() && equal_ignoring_case(name, id_name)) {
      (value.empty() ? unnamed : named) = true;
    } else if (name.size() == state_name.size()) {
      leftover = leftover || equal_ignoring_case(name, state_name);
    }
  }
  if (!traced) {
    if (leftover)
      upstream.erase_if([](const field& each) {
        return equal_ignoring_case(each.name, parent_name) || equal_ignoring_case(each.name, state_name);
      });
    const drawn_text parent = draw_traceparent(chances, made);
    upstream.add_foreign({parent_name, parent.view()});
  }
  if (named) return made;
  if (unnamed) upstream.erase(id_name);
  const drawn_text id = draw_request_id(chances, made);
  upstream.add_foreign({id_name, id.view()});
  return made;
}

void append_traceparent_line(random_source& chances, made_ids& made, std::string& out) {
  out.append(parent_name).append(": ").append(draw_traceparent(chances, made).view()).append("\r\n");
}

void append_request_id_line(random_source& chances, made_ids& made, std::string& out) {
  out.append(id_name).append(": ").append(draw_request_id(chances, made).view()).append("\r\n");
}

}  // namespace sidecache::http
