// All sources together: a flag beats the environment beats the file beats the default. Where none of them names an
// egress proxy, the environment's common variables do (proxy_environment).
//
// Everything that is wrong is told at once, in whatever source, also where a stronger one would win: a file that is
// right only as long as a variable is set would break on the day that it is not. Called at start-up, before anything is
// bound; reads files, opens nothing else.
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "config/config_error.hpp"
#include "config/environment.hpp"
#include "config/flags.hpp"
#include "config/setting.hpp"
#include "config/settings.hpp"

namespace sidecache::config {

struct sources {
  std::optional<std::string> file;  ///< of --config; else SIDECACHE_CONFIG names it, else there is none
  config::environment environment;
  std::vector<flag_value> flags;
};

/// One row of GET /api/settings.
struct setting_in_effect {
  std::string key;                ///< the setting's, or of one of several planes "planes[0].cache.ttl"
  const setting* what = nullptr;  ///< key, default, help, live or restart
  std::string_view default_text;  ///< of a plane, its kind's
  std::string text;               ///< the value as its source wrote it; of secret files "(set)" or ""
  place source;                   ///< describe() says where the value comes from
};

struct loaded_settings {
  settings values;
  /// A row for each of the table's, in its order; of several planes, what belongs to a plane comes behind, plane by
  /// plane.
  std::vector<setting_in_effect> in_effect;
};

[[nodiscard]] std::expected<loaded_settings, std::vector<config_error>> load(const sources& from);

/// The same of what the sources said, and of `https_proxy` and the like where they leave the egress proxy open. Reads
/// those files only that the settings name (cross_checks.hpp).
[[nodiscard]] std::expected<loaded_settings, std::vector<config_error>> combine(
    std::vector<source_reading> weakest_first, const environment& proxies = {});

}  // namespace sidecache::config
