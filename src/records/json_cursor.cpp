#include "records/json_cursor.hpp"

#include <bitset>
#include <cstring>

#include "records/json_text.hpp"

namespace sidecache::records {
namespace {

constexpr bool is_space(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

}  // namespace

json_cursor::json_cursor(std::string_view text, std::span<const std::uint32_t> tokens)
    : text_(text), tokens_(tokens), has_escapes_(text.find('\\') != std::string_view::npos) {}

json_type json_cursor::type() const {
  switch (peek()) {
    case '{':
      return json_type::object;
    case '[':
      return json_type::array;
    case '"':
      return json_type::text;
    case 't':
    case 'f':
      return json_type::boolean;
    case 'n':
      return json_type::null;
    case '-':
    case '0':
    case '1':
    case '2':
    case '3':
    case '4':
    case '5':
    case '6':
    case '7':
    case '8':
    case '9':
      return json_type::number;
    default:
      return json_type::invalid;
  }
}

std::string_view json_cursor::token() const {
  if (at_ >= tokens_.size()) return {};
  const std::size_t from = tokens_[at_];
  std::size_t to = at_ + 1 < tokens_.size() ? tokens_[at_ + 1] : text_.size();
  while (is_space(text_[to - 1])) --to;  // ends at `from`, which is not white space
  return text_.substr(from, to - from);
}

std::string_view json_cursor::quoted() {
  const std::string_view bytes = token();
  if (bytes.size() < 2 || bytes.front() != '"' || bytes.back() != '"') {
    fail();
    return {};
  }
  const std::string_view inside = bytes.substr(1, bytes.size() - 2);
  if (has_escape(inside) && !has_valid_escapes(inside)) {
    fail();
    return {};
  }
  ++at_;
  return inside;
}

std::string_view json_cursor::undo_escapes(std::string_view between_quotes) {
  if (!has_escape(between_quotes)) return between_quotes;
  scratch_.resize(between_quotes.size());  // no escape is shorter than what it stands for
  return {scratch_.data(), unescape(between_quotes, scratch_.data())};
}

std::string_view json_cursor::member_name() {
  const std::string_view name = quoted();
  if (peek() != ':') {
    fail();
    return {};
  }
  ++at_;
  return undo_escapes(name);
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
