// Walks once through the tokens of a JSON text and proves on the way that it is JSON.
//
// The cursor stands before a value. Each of members, elements, text, number, boolean, raw and skip consumes exactly
// that value, whatever its type. The grammar is checked with every step; at the first violation the cursor has
// failed(), stands at the end, and every further call returns at once, so that a walk needs no checks of its own but
// one at its end: the text was valid JSON if the walk consumed one value and then ok().
//
// Nesting is limited to max_nesting and skip() keeps its stack in 257 bits, so that no input can exhaust the stack:
// only members and elements recurse, as deep as the caller's own schema.
//
// Tokens come from json_document: positions of {}[],: and of the first byte of everything else outside strings. What
// lies between one position and the next, less white space, is the token; a string's token therefore ends with its
// closing quote. Owned by one thread. The text must outlive it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/secret.hpp"
#include "sidecache/parse.hpp"

namespace sidecache::records {

enum class json_type : std::uint8_t { object, array, text, number, boolean, null, invalid };

inline constexpr auto type_by_first_byte = [] {
  std::array<json_type, 256> types{};
  types.fill(json_type::invalid);
  types['{'] = json_type::object;
  types['['] = json_type::array;
  types['"'] = json_type::text;
  types['t'] = types['f'] = json_type::boolean;
  types['n'] = json_type::null;
  types['-'] = json_type::number;
  for (unsigned c = '0'; c <= '9'; ++c) types[c] = json_type::number;
  return types;
}();

class json_cursor {
 public:
  json_cursor(std::string_view text, std::span<const std::uint32_t> tokens);

  /// Of the value ahead, by its first byte.
  [[nodiscard]] json_type type() const { return type_by_first_byte[static_cast<unsigned char>(peek())]; }

  /// Calls visit(name) for each member, the cursor before its value, which visit must consume. `name` is valid until
  /// then. What is no object is skipped.
  template <class Visit>
  void members(Visit visit);
  /// Calls visit() for each element, the cursor before it, which visit must consume. What is no array is skipped.
  template <class Visit>
  void elements(Visit visit);

  /// Its text, escapes undone; empty if it is no string. Valid until the next call of members or text.
  [[nodiscard]] std::optional<std::string_view> text();
  /// Empty if it is no number, or none that a double holds.
  [[nodiscard]] std::optional<double> number();
  [[nodiscard]] std::optional<bool> boolean();
  /// Its bytes.
  std::string_view raw();
  void skip();

  [[nodiscard]] bool ok() const { return !failed_; }
  [[nodiscard]] bool too_deep() const { return too_deep_; }
  [[nodiscard]] bool at_end() const { return at_ == tokens_.size(); }

  struct mark {
    std::size_t at = 0;
    std::size_t depth = 0;
  };
  [[nodiscard]] mark position() const { return {at_, depth_}; }
  /// Back to where it was. Not after a failure.
  void rewind(mark to) {
    at_ = to.at;
    depth_ = to.depth;
  }

 private:
  [[nodiscard]] char peek(std::size_t ahead = 0) const {
    return at_ + ahead < tokens_.size() ? text_[tokens_[at_ + ahead]] : '\0';
  }
  /// The bytes of the token ahead.
  [[nodiscard]] std::string_view token() const;
  /// Past a member's name and its colon.
  std::string_view member_name();
  /// Past a string; what is between its quotes, escapes valid but not undone.
  std::string_view quoted();
  std::string_view undo_escapes(std::string_view between_quotes) {
    return has_escapes_ ? undo_escapes_in_scratch(between_quotes) : between_quotes;
  }
  std::string_view undo_escapes_in_scratch(std::string_view between_quotes);
  [[nodiscard]] static bool escapes_are_valid(std::string_view between_quotes);
  void scalar();
  void skip_nested();
  bool enter();
  void fail() {
    failed_ = true;
    at_ = tokens_.size();
  }

  using wiped_string = std::basic_string<char, std::char_traits<char>, wiping_allocator<char>>;

  std::string_view text_;
  std::span<const std::uint32_t> tokens_;
  std::size_t at_ = 0;
  std::size_t depth_ = 0;
  bool failed_ = false;
  bool too_deep_ = false;
  bool has_escapes_;      ///< anywhere in the text: mostly not, and then no string has to be searched for them
  wiped_string scratch_;  ///< text with its escapes undone, which may be a provider's key
};

inline std::string_view json_cursor::token() const {
  if (at_ >= tokens_.size()) return {};
  const std::size_t from = tokens_[at_];
  std::size_t to = at_ + 1 < tokens_.size() ? tokens_[at_ + 1] : text_.size();
  const auto is_space = [](char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; };
  while (is_space(text_[to - 1])) --to;  // ends at `from`, which is not white space
  return text_.substr(from, to - from);
}

inline std::string_view json_cursor::quoted() {
  const std::string_view bytes = token();
  if (bytes.size() < 2 || bytes.front() != '"' || bytes.back() != '"') {
    fail();
    return {};
  }
  const std::string_view inside = bytes.substr(1, bytes.size() - 2);
  if (has_escapes_ && !escapes_are_valid(inside)) {
    fail();
    return {};
  }
  ++at_;
  return inside;
}

inline std::string_view json_cursor::member_name() {
  const std::string_view name = quoted();
  if (peek() != ':') {
    fail();
    return {};
  }
  ++at_;
  return undo_escapes(name);
}

template <class Visit>
void json_cursor::members(Visit visit) {
  if (peek() != '{') return skip();
  if (!enter()) return;
  if (peek() == '}') {
    ++at_;
    --depth_;
    return;
  }
  while (true) {
    const std::string_view name = member_name();
    if (failed_) return;
    visit(name);
    const char after = peek();
    if (failed_) return;
    ++at_;
    if (after == '}') break;
    if (after != ',') return fail();
  }
  --depth_;
}

template <class Visit>
void json_cursor::elements(Visit visit) {
  if (peek() != '[') return skip();
  if (!enter()) return;
  if (peek() == ']') {
    ++at_;
    --depth_;
    return;
  }
  while (true) {
    visit();
    const char after = peek();
    if (failed_) return;
    ++at_;
    if (after == ']') break;
    if (after != ',') return fail();
  }
  --depth_;
}

}  // namespace sidecache::records
