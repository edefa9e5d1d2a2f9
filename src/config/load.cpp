#include "config/load.hpp"

#include <algorithm>
#include <stdexcept>

#include "config/cross_checks.hpp"
#include "config/file_source.hpp"
#include "config/proxy_environment.hpp"
#include "config/settings_table.hpp"
#include "config/value_reader.hpp"

namespace sidecache::config {
namespace {

/// Every setting at its default. A default that its own setting refuses is a bug in the table.
candidate defaults() {
  candidate all;
  std::vector<config_error> errors;
  for (const auto& what : settings_table()) {
    auto& cell = all.cells.emplace_back(node_from_text(what, what.default_text, place{}));
    if (!read_value(what, cell.value, all.values, errors)) throw std::logic_error(format_errors(errors));
  }
  return all;
}

void apply(source_reading reading, candidate& all, std::vector<config_error>& errors) {
  std::ranges::move(reading.errors, std::back_inserter(errors));
  for (auto& [index, value] : reading.values) {
    auto& cell = all.cells[index];
    if (!read_value(settings_table()[index], value, all.values, errors)) cell.wrong = true;
    cell.value = std::move(value);
  }
}

}  // namespace

settings default_settings() { return defaults().values; }

std::expected<loaded_settings, std::vector<config_error>> load(const sources& from) {
  std::vector<source_reading> readings;
  const auto file = from.file ? from.file : config_file_of(from.environment);
  if (file) readings.push_back(read_file(*file));
  readings.push_back(read_environment(from.environment));
  readings.push_back(read_flags(from.flags));
  return combine(std::move(readings), from.environment);
}

std::expected<loaded_settings, std::vector<config_error>> combine(std::vector<source_reading> weakest_first,
                                                                  const environment& proxies) {
  candidate all = defaults();
  std::vector<config_error> errors;
  for (auto& reading : weakest_first) apply(std::move(reading), all, errors);
  apply(read_proxy_environment(proxies, all), all, errors);  // last: it only fills what all others left open
  cross_check(all, errors);
  if (!errors.empty()) return std::unexpected(std::move(errors));

  loaded_settings out{.values = std::move(all.values), .in_effect = {}};
  for (std::size_t i = 0; i < all.cells.size(); ++i) {
    const setting& what = settings_table()[i];
    const node& value = all.cells[i].value;
    out.in_effect.push_back({&what, shown_text(what, value), value.where});
  }
  return out;
}

}  // namespace sidecache::config
