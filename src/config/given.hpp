// What the sources said, setting by setting, before any value is read: each source gives a list of these.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "config/config_error.hpp"
#include "config/node.hpp"

namespace sidecache::config {

struct given {
  std::size_t setting = 0;  ///< index in settings_table()
  node value;
};

struct source_reading {
  std::vector<given> values;
  std::vector<config_error> errors;
};

}  // namespace sidecache::config
