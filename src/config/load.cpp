#include "config/load.hpp"

#include "config/cross_checks.hpp"
#include "config/file_source.hpp"
#include "config/planes_reader.hpp"
#include "config/proxy_environment.hpp"
#include "config/settings_table.hpp"
#include "config/value_reader.hpp"

namespace sidecache::config {
namespace {

void add_row(const candidate& from, std::size_t i, std::vector<setting_in_effect>& to) {
  const setting& what = settings_table()[i];
  const node& value = from.cells[i].value;
  to.push_back({.key = from.full_key(what.key),
                .what = &what,
                .default_text = default_of(what, from.values.plane.kind),
                .text = shown_text(what, value),
                .source = value.where});
}

std::vector<setting_in_effect> rows_of(const candidate& top, const std::vector<candidate>& planes) {
  const bool several = !planes.front().place.empty();
  std::vector<setting_in_effect> rows;
  const auto table = settings_table();
  for (std::size_t i = 0; i < table.size(); ++i)
    if (!several || !is_of_a_plane(table[i].key) || table[i].key.starts_with("sync."))  // which planes inherit
      add_row(several ? top : planes.front(), i, rows);
  if (!several) return rows;
  for (const auto& plane : planes)
    for (std::size_t i = 0; i < table.size(); ++i)
      if (is_of_a_plane(table[i].key)) add_row(plane, i, rows);
  return rows;
}

settings values_of(const candidate& top, const std::vector<candidate>& planes) {
  settings out = top.values;
  if (planes.front().place.empty()) out.plane = planes.front().values.plane;
  out.planes.clear();
  for (const auto& each : planes) {
    out.planes.push_back(each.values.plane);
    out.planes.back().name = name_of(each.values.plane);
  }
  return out;
}

}  // namespace

settings default_settings() {
  const candidate all = default_candidate();
  return values_of(all, {all});
}

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
  candidate top = default_candidate();
  std::vector<config_error> errors;
  for (auto& reading : weakest_first) top.take(std::move(reading), errors);
  auto planes = read_planes(top, errors);
  for (auto& each : planes)  // last: it only fills what all others left open
    each.take(read_proxy_environment(proxies, each), errors);
  cross_check(planes, errors);
  if (!errors.empty()) return std::unexpected(std::move(errors));
  return loaded_settings{.values = values_of(top, planes), .in_effect = rows_of(top, planes)};
}

}  // namespace sidecache::config
