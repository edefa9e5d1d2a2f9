#include "http/fields.hpp"

#include <functional>

#include "base/text.hpp"

namespace sidecache::http {
namespace {

bool points_into(std::string_view part, const std::string& whole) {
  const std::less<> before;
  return !before(part.data(), whole.data()) && before(part.data(), whole.data() + whole.size());
}

}  // namespace

void fields::add(std::string_view name, std::string_view value) {
  if (points_into(name, bytes_) || points_into(value, bytes_)) {  // growing would pull the ground from under them
    add(std::string(name), std::string(value));
    return;
  }
  add_foreign({name, value});
}

void fields::add_foreign(const field& line) {
  const auto [name, value] = line;
  const auto at = static_cast<std::uint32_t>(bytes_.size());
  bytes_.append(name).append(value);
  places_.push_back({at, static_cast<std::uint32_t>(name.size()), at + static_cast<std::uint32_t>(name.size()),
                     static_cast<std::uint32_t>(value.size())});
}

void fields::reserve(std::size_t bytes) {
  constexpr std::size_t bytes_a_field = 32;
  bytes_.reserve(bytes);
  places_.reserve(bytes / bytes_a_field + 1);
}

void fields::set(std::string_view name, std::string_view value) {
  erase(name);
  add(name, value);
}

std::size_t fields::erase(std::string_view name) {
  return std::erase_if(places_, [&](const place& p) { return equal_ignoring_case(view(p).name, name); });
}

void fields::clear() {
  bytes_.clear();
  places_.clear();
}

std::optional<std::string_view> fields::find(std::string_view name) const {
  for (const auto& [key, value] : *this)
    if (equal_ignoring_case(key, name)) return value;
  return std::nullopt;
}

std::size_t fields::count(std::string_view name) const {
  std::size_t n = 0;
  for (const auto& [key, value] : *this) n += equal_ignoring_case(key, name) ? 1 : 0;
  return n;
}

bool fields::lists(std::string_view name, std::string_view token) const {
  bool found = false;
  for (const auto& [key, value] : *this)
    if (equal_ignoring_case(key, name))
      for_each_list_member(value,
                           [&](std::string_view member) { found = found || equal_ignoring_case(member, token); });
  return found;
}

std::optional<std::string> fields::joined(std::string_view name) const {
  std::optional<std::string> all;
  for (const auto& [key, value] : *this) {
    if (!equal_ignoring_case(key, name)) continue;
    if (!all) {
      all.emplace(value);
    } else {
      all->append(", ").append(value);
    }
  }
  return all;
}

void fields::serialize(std::string& out) const {
  for (const auto& [name, value] : *this) out.append(name).append(": ").append(value).append("\r\n");
}

}  // namespace sidecache::http
