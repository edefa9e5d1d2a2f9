// Heads in fuzz targets: comparing them, and reading them from text that a person can write.
#pragma once

#include <algorithm>
#include <string_view>

#include "base/text.hpp"
#include "http/field_line.hpp"
#include "http/message.hpp"
#include "targets.hpp"

namespace sidecache::fuzz {

inline bool same(const http::fields& a, const http::fields& b) {
  return std::ranges::equal(
      a, b, [](const http::field& x, const http::field& y) { return x.name == y.name && x.value == y.value; });
}

inline bool same(const http::request_head& a, const http::request_head& b) {
  return a.method == b.method && a.method_name == b.method_name && a.target == b.target && a.version == b.version &&
         a.body == b.body && a.content_length == b.content_length && a.keep_alive == b.keep_alive &&
         a.expect_continue == b.expect_continue && same(a.fields, b.fields);
}

/// Fields from lines `name: value`, as the parser would have let them in; what it would not is left out.
inline http::fields fields_from(std::string_view text) {
  http::fields out;
  for (const auto line : split(text, "\n")) {
    if (!http::detail::all_of_class(line, http::detail::text_byte)) continue;
    if (const auto field = http::split_field_line(line)) out.add(field->name, field->value);
  }
  return out;
}

}  // namespace sidecache::fuzz
