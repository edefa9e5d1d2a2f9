#include "http/body_decoder.hpp"

#include <algorithm>
#include <limits>

#include "base/text.hpp"
#include "http/field_line.hpp"

namespace sidecache::http {
namespace {

constexpr std::size_t longest_size_line = 4'096;
constexpr std::size_t longest_trailer_section = 8'192;
/// Framing is free up to 16 bytes a chunk plus twice its data; what is more adds up, to this much a message.
constexpr std::size_t overhead_allowed = 16'384;
constexpr std::uint64_t largest_chunk = std::numeric_limits<std::int64_t>::max();

/// The table is looked up by index, so its rows stand in the order of the flaws.
constexpr bool body_rows_are_in_order() {
  for (std::size_t i = 0; i < body_rules.size(); ++i)
    if (static_cast<std::size_t>(body_rules.at(i).broken) != i) return false;
  return true;
}
static_assert(body_rows_are_in_order());

std::unexpected<std::string> broken(body_flaw what) { return std::unexpected(std::string(rule_of(what).why)); }

/// A line of the framing that breaks a rule of the heads' lines.
std::unexpected<std::string> broken_line(std::string_view where, flaw what) {
  return std::unexpected(std::string(where).append(rule_of(what).why));
}

bool may_stand_in_trailers(std::string_view name) {
  constexpr std::array never{
      "content-length", "transfer-encoding", "host",         "trailer",       "connection", "te",
      "authorization",  "content-encoding",  "content-type", "content-range", "set-cookie", "x-portkey-api-key"};
  return std::ranges::none_of(never, [&](std::string_view n) { return equal_ignoring_case(n, name); });
}

}  // namespace

body_decoder::body_decoder(framing kind, std::uint64_t content_length) : state_(state::done), left_(content_length) {
  switch (kind) {
    case framing::none:
      break;
    case framing::length:
      state_ = content_length == 0 ? state::done : state::counted;
      break;
    case framing::chunked:
      state_ = state::size_line;
      break;
    case framing::until_close:
      state_ = state::endless;
      break;
  }
}

bool body_decoder::done() const { return state_ == state::done; }

bool body_decoder::at_end_of_connection() {
  if (state_ == state::endless) state_ = state::done;
  return done();
}

std::expected<body_decoder::step, std::string> body_decoder::next(std::string_view input) {
  std::size_t consumed = 0;
  while (consumed < input.size() && !done()) {
    const auto rest = input.substr(consumed);
    std::expected<bool, std::string> complete = false;
    switch (state_) {
      case state::done:
        break;
      case state::endless:
        return step{rest, input.size()};
      case state::counted:
      case state::chunk: {
        auto taken = take_piece(rest, state_ == state::counted ? state::done : state::chunk_end);
        taken.consumed += consumed;
        return taken;
      }
      case state::size_line:
        complete = take_line(rest, consumed, longest_size_line, body_flaw::size_line_too_long);
        break;
      case state::chunk_end:
        complete = take_line(rest, consumed, 2, body_flaw::chunk_overrun);
        break;
      case state::trailer_line:
        complete = take_line(rest, consumed, longest_trailer_section - trailer_bytes_, body_flaw::trailers_too_long);
        break;
    }
    if (!complete) return std::unexpected(std::move(complete.error()));
    if (!*complete) continue;
    if (const auto read = end_line(); !read) return std::unexpected(read.error());
  }
  return step{{}, consumed};
}

body_decoder::step body_decoder::take_piece(std::string_view input, state when_complete) {
  const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(left_, input.size()));
  left_ -= size;
  if (left_ == 0) state_ = when_complete;
  return {input.substr(0, size), size};
}

std::expected<bool, std::string> body_decoder::take_line(std::string_view input, std::size_t& consumed,
                                                         std::size_t limit, body_flaw if_longer) {
  const auto end = input.find('\n');
  const auto size = end == std::string_view::npos ? input.size() : end + 1;
  if (line_.size() + size > limit) return broken(if_longer);
  line_.append(input.substr(0, size));
  consumed += size;
  return end != std::string_view::npos;
}

std::expected<void, std::string> body_decoder::end_line() {
  const auto text = check_line(line_);
  if (!text) return broken_line("in a chunked body, ", text.error());
  std::expected<void, std::string> read;
  if (state_ == state::chunk_end) {
    if (text->empty()) {
      state_ = state::size_line;
    } else {
      read = broken(body_flaw::chunk_overrun);
    }
  } else {
    read = state_ == state::size_line ? read_size_line() : read_trailer_line();
  }
  line_.clear();
  return read;
}

/// chunk-size [ BWS ";" extensions ] (RFC 9112 §7.1.1). Extensions are skipped: nobody here knows any.
std::expected<void, std::string> body_decoder::read_size_line() {
  const std::string_view text(line_.data(), line_.size() - 2);
  std::uint64_t size = 0;
  std::size_t digits = 0;
  for (; digits < text.size() && hex_value(text[digits]) >= 0; ++digits) {
    if (size > largest_chunk >> 4U) return broken(body_flaw::size_overflow);
    size = size << 4U | static_cast<std::uint64_t>(hex_value(text[digits]));
  }
  if (digits == 0) return broken(body_flaw::size_no_digits);
  if (const auto after = trim(text.substr(digits)); !after.empty() ? after.front() != ';' : digits != text.size())
    return broken(body_flaw::size_not_alone);
  overhead_ += line_.size();
  const auto allowed = size > overhead_allowed ? overhead_ : 16 + 2 * static_cast<std::size_t>(size);
  overhead_ -= std::min(overhead_, allowed);
  if (overhead_ > overhead_allowed) return broken(body_flaw::framing_outweighs);
  left_ = size;
  state_ = size == 0 ? state::trailer_line : state::chunk;
  return {};
}

std::expected<void, std::string> body_decoder::read_trailer_line() {
  trailer_bytes_ += line_.size();
  const std::string_view text(line_.data(), line_.size() - 2);
  if (text.empty()) {
    state_ = state::done;
    return {};
  }
  const auto line = split_field_line(text);
  if (!line) return broken_line("in a trailer section, ", line.error());
  if (may_stand_in_trailers(line->name)) trailers_.add(line->name, line->value);
  return {};
}

}  // namespace sidecache::http
