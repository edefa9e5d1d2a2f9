// Loading settings in tests: files in a folder of the test's own, and the errors as lines.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "config/load.hpp"

namespace sidecache::config {

/// Fixture: a folder that goes with the test.
class loading : public testing::Test {
 protected:
  loading() {
    std::string pattern = testing::TempDir() + "sidecache-config-XXXXXX";
    if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary folder");
    folder_ = pattern;
  }
  ~loading() override { std::filesystem::remove_all(folder_); }

  std::string file(const std::string& name, std::string_view content) {
    const std::string path = folder_ / name;
    std::ofstream(path, std::ios::binary) << content;
    return path;
  }
  /// A config file with that text.
  sources from_yaml(std::string_view yaml) {
    sources out;
    out.file = file("sidecache.yaml", yaml);
    return out;
  }
  static sources from_environment(environment variables) {
    sources out;
    out.environment = std::move(variables);
    return out;
  }
  static sources from_flags(std::vector<flag_value> values) {
    sources out;
    out.flags = std::move(values);
    return out;
  }

  /// What format_errors() says, the folder left out; "" if the settings were loaded.
  [[nodiscard]] std::string complaints(const sources& from) const {
    const auto loaded = load(from);
    if (loaded) return "";
    std::string lines = format_errors(loaded.error());
    const std::string prefix = folder_.string() + "/";
    for (auto at = lines.find(prefix); at != std::string::npos; at = lines.find(prefix)) lines.erase(at, prefix.size());
    return lines;
  }

  std::filesystem::path folder_;
};

inline const setting_in_effect& in_effect(const loaded_settings& loaded, std::string_view key) {
  const auto row = std::ranges::find_if(loaded.in_effect, [&](const auto& r) { return r.what->key == key; });
  if (row == loaded.in_effect.end()) throw std::logic_error("no row of that key");
  return *row;
}

}  // namespace sidecache::config
