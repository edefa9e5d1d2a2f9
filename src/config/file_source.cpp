#include "config/file_source.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "config/edit_distance.hpp"
#include "config/settings_table.hpp"
#include "config/yaml_document.hpp"

namespace sidecache::config {
namespace {

constexpr std::uintmax_t largest_file = 1024UL * 1024;

void complain(source_reading& out, const place& where, std::string key, std::string found, std::string expected,
              std::string closest = {}) {
  out.errors.push_back({.where = where,
                        .key = std::move(key),
                        .found = std::move(found),
                        .expected = std::move(expected),
                        .closest = std::move(closest)});
}

/// Keys and sections: "cache" is a better answer to "cahce" than any key in it.
std::string closest_key(std::string_view unknown) {
  std::vector<std::string> known;
  for (const auto& what : settings_table()) {
    const auto section = what.key.substr(0, std::min(what.key.find('.'), what.key.size()));
    if (known.empty() || std::ranges::find(known, section) == known.end()) known.emplace_back(section);
    if (section != what.key) known.emplace_back(what.key);
  }
  return closest_name(unknown, known, '.');
}

std::string_view shape_name(const node& value) { return value.shape == shape::list ? "a list" : "a single value"; }

void read_map(const node& map, const std::string& section, source_reading& out) {
  for (const auto& [name, where, value] : map.members) {
    const std::string key = key_below(section, name);
    if (name.contains('.')) {
      complain(out, where, key, "one key with a dot in it", "a key below its section");
    } else if (const auto what = find_setting(key)) {
      out.values.push_back({*what, value});
    } else if (!is_section(key)) {
      complain(out, where, key, "unknown key", {}, closest_key(key));
    } else if (value.shape == shape::map) {
      read_map(value, key, out);
    } else if (value.shape != shape::nothing) {  // a section whose lines are all commented out has no value
      complain(out, value.where, key, std::string(shape_name(value)), "a map of settings");
    }
  }
}

}  // namespace

source_reading read_yaml(const std::string& name, const std::string& text) {
  source_reading out;
  auto document = parse_yaml(name, text);
  out.errors = std::move(document.errors);
  if (!document.root) return out;
  const node& root = *document.root;
  if (root.shape == shape::map)
    read_map(root, "", out);
  else if (root.shape != shape::nothing)
    complain(out, root.where, "", std::string(shape_name(root)), "a map of settings");
  return out;
}

source_reading read_file(const std::string& path) {
  source_reading out;
  const place where{source_kind::file, path};
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (!std::filesystem::exists(status)) {
    complain(out, where, {}, "none", "a config file");
    return out;
  }
  std::ifstream file(path, std::ios::binary);
  if (std::filesystem::is_directory(status) || !file) {
    complain(out, where, {}, "one that can't be read", "a config file");
    return out;
  }
  std::string text(largest_file + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (text.size() > largest_file) {
    complain(out, where, {}, "a longer one", "a config file of at most 1MiB");
    return out;
  }
  return read_yaml(path, text);
}

}  // namespace sidecache::config
