#include "config/setting.hpp"

#include <algorithm>

#include "base/units.hpp"

namespace sidecache::config {
namespace {

std::string joined(std::span<const std::string_view> words) {
  std::string out;
  for (const auto word : words) out.append(out.empty() ? "" : ", ").append(word);
  return out;
}

std::string range(const setting& what) {
  return " from " + bound_text(what, what.low) + " to " + bound_text(what, what.high);
}

/// "0660": octal digits, four of them.
std::string format_mode(std::uint64_t mode) {
  std::string text = "0000";
  for (auto digit = text.rbegin(); digit != text.rend(); ++digit, mode /= 8) *digit = static_cast<char>('0' + mode % 8);
  return text;
}

}  // namespace

std::string_view default_of(const setting& what, plane_kind kind) {
  return kind == plane_kind::data && !what.data_default_text.empty() ? what.data_default_text : what.default_text;
}

std::string environment_name(std::string_view key) {
  std::string name = "SIDECACHE_";
  for (const char c : key) name += c == '.' ? '_' : c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return name;
}

std::string flag_name(std::string_view key) {
  std::string name = "--" + std::string(key);
  std::ranges::replace_if(name, [](char c) { return c == '.' || c == '_'; }, '-');
  return name;
}

std::string bound_text(const setting& what, std::uint64_t bound) {
  if (what.type == value_type::duration) return format_duration(duration(static_cast<std::int64_t>(bound)));
  if (what.type == value_type::mode) return format_mode(bound);
  return what.type == value_type::size ? format_size(bound) : std::to_string(bound);
}

std::string expected_value(const setting& what) {
  const std::string example = ", such as " + std::string(what.default_text);
  switch (what.type) {
    case value_type::duration:
      return "a duration" + range(what) + example;
    case value_type::size:
      return "a size" + range(what) + example;
    case value_type::count:
      return "a whole number" + range(what);
    case value_type::choice:
      return "one of " + joined(what.words);
    case value_type::address:
      return std::string(listen_address_form);
    case value_type::addresses:
      return "an address to listen on, or a list of at least one";
    case value_type::prefixes:
      return "a list of at least one of \"\" and paths such as /v1";
    case value_type::url:
      return "a URL such as " + std::string(what.default_text);
    case value_type::urls:
      return "a list of URLs such as https://cp.example, each followed by weight=N or not";
    case value_type::path:
      return "a path such as /health";
    case value_type::proxy:
      return "a URL such as http://proxy.example:3128, or direct";
    case value_type::hosts:
      return "a list of hosts such as cp.example, .example:8443, 10.0.0.0/8 or [2001:db8::1]:443, or *";
    case value_type::file:
    case value_type::secret_file:
      return "the path of a file";
    case value_type::mode:
      return "permissions in octal" + range(what) + example;
    case value_type::owner:
      return "USER, USER:GROUP or :GROUP";
    case value_type::routes:
      return "a list of routes, each with a path such as /integrations/*";
    case value_type::planes:
      return "a list of at most 16 maps, each with the settings of a plane, such as [{plane: data, prefix: /albus}]";
    case value_type::prefix:
      return "\"\" or a path such as /albus: plain characters, no slash at the end";
    case value_type::name:
      return "a name of at most 32 of a-z, 0-9, _ and -";
    case value_type::kept_file:
      return "the path of a file, which need not be there yet";
  }
  return {};
}

}  // namespace sidecache::config
