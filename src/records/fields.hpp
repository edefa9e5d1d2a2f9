// A struct's members as a table: name, shape and how to read it from JSON.
//
// `fields<T>` is specialised beside the struct's kind (part_fields.hpp, pricing_fields.hpp, configuration_fields.hpp,
// record_fields.hpp); `schema_of<T>` is the table that facts.cpp counts by, made from the same lines. Reading never
// fails: the cursor keeps the first violation of the grammar, and what has another shape reads as absent.
// Where a name stands twice, reading the second replaces what the first left: every `read` sets its whole target.
#pragma once

#include <array>
#include <cmath>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "records/date_time.hpp"
#include "records/json_cursor.hpp"
#include "records/names.hpp"
#include "records/schema.hpp"

namespace sidecache::records {

template <class T>
struct field {
  std::string_view name;
  shape what = shape::anything;
  void (*fill)(json_cursor&, T&) = nullptr;
};

template <class T>
constexpr std::array<field<T>, 0> fields{};

template <class T, std::size_t N>
consteval std::array<rule, N> rules_of(const std::array<field<T>, N>& from) {
  std::array<rule, N> rules;
  for (std::size_t i = 0; i < N; ++i) rules[i] = {from[i].name, from[i].what};
  return rules;
}
template <class T>
inline constexpr schema_table table_of{rules_of(fields<T>)};
template <class T>
constexpr schema schema_of = table_of<T>.view();

/// Two tables in one.
template <class T, std::size_t N, std::size_t M>
consteval std::array<T, N + M> joined(const std::array<T, N>& a, const std::array<T, M>& b) {
  std::array<T, N + M> all;
  for (std::size_t i = 0; i < N; ++i) all[i] = a[i];
  for (std::size_t i = 0; i < M; ++i) all[N + i] = b[i];
  return all;
}

// NOLINTBEGIN(readability-identifier-naming): what a member pointer belongs to and points to
template <class>
struct member_pointer;
template <class Owner, class Value>
struct member_pointer<Value Owner::*> {
  using owner = Owner;
};
// NOLINTEND(readability-identifier-naming)
template <auto Member>
using owner_of = typename member_pointer<decltype(Member)>::owner;

template <auto Member>
void set(json_cursor& from, owner_of<Member>& to) {
  read(from, to.*Member);
}
/// Of a struct inside.
template <auto Outer, auto Member>
void set_in(json_cursor& from, owner_of<Outer>& to) {
  read(from, to.*Outer.*Member);
}
/// Its JSON text.
template <auto Member>
void set_raw(json_cursor& from, owner_of<Member>& to) {
  const bool absent = from.type() == json_type::null;
  const std::string_view text = from.raw();
  to.*Member = absent ? std::string_view{} : text;
}

inline void read(json_cursor& from, std::string& to) { to = from.text().value_or(std::string_view{}); }

inline void read(json_cursor& from, std::optional<std::string>& to) { to = from.text(); }

inline void read(json_cursor& from, std::optional<bool>& to) { to = from.boolean(); }

inline void read(json_cursor& from, bool& to) { to = from.boolean().value_or(false); }

inline void read(json_cursor& from, std::optional<double>& to) { to = from.number(); }

/// What shape::integer allows.
[[nodiscard]] inline bool is_whole(double value) {
  constexpr double exact = 9007199254740992;  // 2^53
  return std::abs(value) <= exact && std::trunc(value) == value;
}

inline void read(json_cursor& from, std::optional<std::int64_t>& to) {
  const auto value = from.number();
  to = value && is_whole(*value) ? std::optional{static_cast<std::int64_t>(*value)} : std::nullopt;
}

/// A string's text, of other values the JSON text, of null nothing.
inline std::string_view text_or_raw(json_cursor& from) {
  if (from.type() == json_type::text) return from.text().value_or(std::string_view{});
  const bool absent = from.type() == json_type::null;
  const std::string_view text = from.raw();
  return absent ? std::string_view{} : text;
}

template <class Enum>
void read(json_cursor& from, choice<Enum>& to) {
  const bool is_text = from.type() == json_type::text;
  to.text = text_or_raw(from);
  to.value = is_text ? value_of<Enum>(to.text) : Enum::unknown;
}

inline void read(json_cursor& from, std::optional<timestamp>& to) {
  to.reset();
  const json_type type = from.type();
  const std::string_view text = text_or_raw(from);
  if (type == json_type::null) return;
  to.emplace(std::string(text), type == json_type::text ? parse_date_time(text) : std::nullopt);
}

/// The members of the object ahead. Anything else is skipped.
template <class T>
void read_members(json_cursor& from, T& to) {
  from.members([&](std::string_view name) {
    const auto number = schema_of<T>.find(name);
    if (number == schema::none) return from.skip();
    fields<T>[number].fill(from, to);
  });
}

/// An object, or the first of a list.
template <class T>
  requires(!fields<T>.empty())
void read(json_cursor& from, std::optional<T>& to) {
  to.reset();
  const auto one = [&] {
    if (from.type() != json_type::object || to) return from.skip();
    read_members(from, to.emplace());
  };
  if (from.type() == json_type::array) return from.elements(one);
  one();
}

/// A list of objects, or one object that stands alone.
template <class T>
  requires(!fields<T>.empty())
void read(json_cursor& from, std::vector<T>& to) {
  to.clear();
  const auto one = [&] {
    if (from.type() != json_type::object) return from.skip();
    read_members(from, to.emplace_back());
  };
  if (from.type() == json_type::array) return from.elements(one);
  one();
}

}  // namespace sidecache::records
