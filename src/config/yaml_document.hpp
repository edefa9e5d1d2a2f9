// YAML text -> nodes, by yaml-cpp. Bounded: aliases are written out, so a document of a few hundred bytes could ask for
// more nodes than there is memory ("billion laughs").
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "config/config_error.hpp"
#include "config/node.hpp"

namespace sidecache::config {

struct yaml_document {
  std::optional<node> root;  ///< nothing if the text is no YAML at all
  std::vector<config_error> errors;
};

[[nodiscard]] yaml_document parse_yaml(const std::string& name, const std::string& text);

}  // namespace sidecache::config
