// Settings from the command line: --cache-ttl is cache.ttl, made from the table; and --config, and --upstream short for
// --upstream-url. CLI11 stays out of this header.
//
// A flags object is added to a subcommand before parsing and must outlive the parse; it can't be moved, since the
// subcommand's callbacks point at it. What CLI11 refuses by itself (a flag without its value) it throws, as ever.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "config/given.hpp"

namespace CLI {  // NOLINT(readability-identifier-naming): CLI11's own
class App;       // NOLINT(readability-identifier-naming)
}  // namespace CLI

namespace sidecache::config {

struct flag_value {
  std::string key;   ///< of the setting
  std::string text;  ///< as it was typed
};

class flags {
 public:
  flags() = default;
  flags(const flags&) = delete;
  flags& operator=(const flags&) = delete;

  /// Adds a flag for each setting, in help groups by section, and lets unknown ones through to unknown_flags(), which
  /// can name the closest.
  void add_to(CLI::App& command);

  /// After the parse: --config, and every setting's flag in the order of the table.
  [[nodiscard]] const std::optional<std::string>& config_file() const { return config_file_; }
  [[nodiscard]] const std::vector<flag_value>& values() const { return values_; }
  /// After the parse: one error for each flag that there is none of. What follows an unknown flag may be a secret and
  /// isn't repeated.
  [[nodiscard]] static std::vector<config_error> unknown_flags(const CLI::App& command);

 private:
  std::optional<std::string> config_file_;
  std::vector<flag_value> values_;
};

/// A flag that may not be repeated (all but lists) is an error the second time.
[[nodiscard]] source_reading read_flags(const std::vector<flag_value>& values);

}  // namespace sidecache::config
