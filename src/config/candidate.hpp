// A whole configuration before it is accepted: values with where each came from. Of several planes each has one, with
// the process's settings beside its own, so that what is checked of one plane is checked of each.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "config/config_error.hpp"
#include "config/given.hpp"
#include "config/node.hpp"
#include "config/settings.hpp"

namespace sidecache::config {

struct candidate {
  struct cell {
    node value;          ///< what the strongest source gave, or the default's text
    bool wrong = false;  ///< some source's value could not be read: what depends on it is not checked
  };
  settings values;          ///< the plane's are values.plane
  std::vector<cell> cells;  ///< one for each setting of the table, in its order
  std::string place;        ///< "planes[1]" of one of several planes, else ""

  [[nodiscard]] const cell& of(std::string_view key) const;
  [[nodiscard]] bool is_default(std::string_view key) const {
    return of(key).value.where.kind == source_kind::default_value;
  }
  /// As errors and documents call it: "planes[1].cache.ttl", "threads".
  [[nodiscard]] std::string full_key(std::string_view key) const;

  /// Puts each value in the place of what was there.
  void take(source_reading from, std::vector<config_error>& errors);
  /// What is still a default becomes that of the plane's kind.
  void take_defaults_of_kind();
};

/// True if what depends on these settings can be checked.
[[nodiscard]] bool all_right(const candidate& all, std::initializer_list<std::string_view> keys);
/// An error of a setting, told at the place that its value comes from.
void complain(const candidate& all, std::string_view key, std::string found, std::string expected,
              std::vector<config_error>& errors);

/// Every setting at its default, of the admin kind. A default that its own setting refuses is a bug in the table.
[[nodiscard]] candidate default_candidate();

}  // namespace sidecache::config
