// What single values can't say: whether the settings fit each other and this machine. Reads files, binds nothing.
#pragma once

#include <string_view>
#include <vector>

#include "config/config_error.hpp"
#include "config/node.hpp"
#include "config/settings.hpp"

namespace sidecache::config {

/// A whole configuration before it is accepted.
struct candidate {
  struct cell {
    node value;          ///< what the strongest source gave, or the default's text
    bool wrong = false;  ///< some source's value could not be read: what depends on it is not checked
  };
  settings values;
  std::vector<cell> cells;  ///< one for each setting of the table, in its order

  [[nodiscard]] const cell& of(std::string_view key) const;
  [[nodiscard]] bool is_default(std::string_view key) const {
    return of(key).value.where.kind == source_kind::default_value;
  }
};

void cross_check(const candidate& all, std::vector<config_error>& errors);

}  // namespace sidecache::config
