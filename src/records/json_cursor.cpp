#include "records/json_cursor.hpp"

#include <bitset>

#include "records/json_text.hpp"

namespace sidecache::records {
json_cursor::json_cursor(std::string_view text, std::span<const std::uint32_t> tokens)
    : text_(text), tokens_(tokens), has_escapes_(text.find('\\') != std::string_view::npos) {}

bool json_cursor::escapes_are_valid(std::string_view between_quotes) { return has_valid_escapes(between_quotes); }

std::string_view json_cursor::undo_escapes_in_scratch(std::string_view between_quotes) {
  if (between_quotes.find('\\') == std::string_view::npos) return between_quotes;
  scratch_.resize(between_quotes.size());  // no escape is shorter than what it stands for
  return {scratch_.data(), unescape(between_quotes, scratch_.data())};
}

std::optional<std::string_view> json_cursor::text() {
  if (peek() != '"') {
    skip();
    return std::nullopt;
  }
  const std::string_view inside = quoted();
  if (failed_) return std::nullopt;
  return undo_escapes(inside);
}

std::optional<double> json_cursor::number() {
  if (type() != json_type::number) {
    skip();
    return std::nullopt;
  }
  const std::string_view bytes = token();
  if (const auto value = small_whole_number(bytes)) {  // nearly all of them
    ++at_;
    return value;
  }
  scalar();
  return failed_ ? std::nullopt : number_of(bytes);
}

std::optional<bool> json_cursor::boolean() {
  const char first = peek();
  const bool is_boolean = type() == json_type::boolean;
  skip();
  return is_boolean && !failed_ ? std::optional<bool>{first == 't'} : std::nullopt;
}

std::string_view json_cursor::raw() {
  if (at_end()) return {};
  const std::size_t from = tokens_[at_];
  skip();
  if (failed_) return {};
  const std::size_t last = tokens_[at_ - 1];
  // The value's last token may be a scalar of many bytes.
  --at_;
  const std::size_t size = token().size();
  ++at_;
  return text_.substr(from, last + size - from);
}

void json_cursor::scalar() {
  switch (type()) {
    case json_type::text:
      (void)quoted();
      return;
    case json_type::number:
      if (!is_json_number(token())) return fail();
      break;
    case json_type::boolean:
      if (token() != (peek() == 't' ? "true" : "false")) return fail();
      break;
    case json_type::null:
      if (token() != "null") return fail();
      break;
    default:
      return fail();
  }
  ++at_;
}

bool json_cursor::enter() {
  if (depth_ == max_nesting) {
    too_deep_ = true;
    fail();
    return false;
  }
  ++depth_;
  ++at_;
  return true;
}

void json_cursor::skip() {
  if (peek() == '{' || peek() == '[') {
    skip_nested();
  } else {
    scalar();
  }
}

void json_cursor::skip_nested() {
  const std::size_t outside = depth_;
  std::bitset<max_nesting + 1> is_object;  // of the containers that are open, by their depth
  do {
    const char first = peek();
    if (first == '{' || first == '[') {
      if (!enter()) return;
      is_object[depth_] = first == '{';
      if (peek() != (first == '{' ? '}' : ']')) {
        if (first == '{') (void)member_name();
        continue;
      }
      ++at_;
      --depth_;
    } else {
      scalar();
    }
    while (!failed_ && depth_ > outside) {
      const char after = peek();
      ++at_;
      if (after == ',') {
        if (is_object[depth_]) (void)member_name();
        break;
      }
      if (after != (is_object[depth_] ? '}' : ']')) return fail();
      --depth_;
    }
  } while (!failed_ && depth_ > outside);
}

}  // namespace sidecache::records
