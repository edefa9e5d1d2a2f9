#include "config/candidate.hpp"

#include <algorithm>
#include <stdexcept>

#include "config/settings_table.hpp"
#include "config/value_reader.hpp"

namespace sidecache::config {
namespace {

candidate::cell default_cell(const setting& what, std::string_view text, settings& into) {
  std::vector<config_error> errors;
  candidate::cell made{.value = node_from_text(what, text, sidecache::config::place{})};
  if (!read_value(what, made.value, into, errors)) throw std::logic_error(format_errors(errors));
  return made;
}

}  // namespace

const candidate::cell& candidate::of(std::string_view key) const { return cells.at(index_of(key)); }

std::string candidate::full_key(std::string_view key) const {
  return is_of_a_plane(key) ? key_below(place, key) : std::string(key);
}

void candidate::take(source_reading from, std::vector<config_error>& errors) {
  const auto before = static_cast<std::ptrdiff_t>(errors.size());
  std::ranges::move(from.errors, std::back_inserter(errors));
  for (auto& [index, value] : from.values) {
    if (!read_value(settings_table()[index], value, values, errors)) cells[index].wrong = true;
    cells[index].value = std::move(value);
  }
  if (place.empty()) return;
  for (auto each = errors.begin() + before; each != errors.end(); ++each) each->key = key_below(place, each->key);
}

void candidate::take_defaults_of_kind() {
  const auto table = settings_table();
  for (std::size_t i = 0; i < table.size(); ++i)
    if (!table[i].data_default_text.empty() && cells[i].value.where.kind == source_kind::default_value)
      cells[i] = default_cell(table[i], default_of(table[i], values.plane.kind), values);
}

bool all_right(const candidate& all, std::initializer_list<std::string_view> keys) {
  return std::ranges::none_of(keys, [&](std::string_view key) { return all.of(key).wrong; });
}

void complain(const candidate& all, std::string_view key, std::string found, std::string expected,
              std::vector<config_error>& errors) {
  errors.push_back({.where = all.of(key).value.where,
                    .key = all.full_key(key),
                    .found = std::move(found),
                    .expected = std::move(expected),
                    .closest = {}});
}

candidate default_candidate() {
  candidate all;
  for (const auto& what : settings_table()) all.cells.push_back(default_cell(what, what.default_text, all.values));
  return all;
}

}  // namespace sidecache::config
