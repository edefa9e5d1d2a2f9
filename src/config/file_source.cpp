#include "config/file_source.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "config/section_reader.hpp"
#include "config/yaml_document.hpp"

namespace sidecache::config {
namespace {

constexpr std::uintmax_t largest_file = 1024UL * 1024;

void complain(source_reading& out, const place& where, std::string key, std::string found, std::string expected) {
  out.errors.push_back({.where = where,
                        .key = std::move(key),
                        .found = std::move(found),
                        .expected = std::move(expected),
                        .closest = {}});
}

}  // namespace

source_reading read_yaml(const std::string& name, const std::string& text) {
  source_reading out;
  auto document = parse_yaml(name, text);
  out.errors = std::move(document.errors);
  if (!document.root) return out;
  const node& root = *document.root;
  if (root.shape == shape::map) {
    auto read = read_section(root, map_of::process);
    out.values = std::move(read.values);
    std::ranges::move(read.errors, std::back_inserter(out.errors));
    return out;
  }
  if (root.shape != shape::nothing) complain(out, root.where, "", std::string(shape_name(root)), "a map of settings");
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
