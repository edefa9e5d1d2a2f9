// A value as a source gave it, before it is known to make sense: what a YAML document, an environment variable and a
// flag have in common. Only file_source.cpp knows yaml-cpp.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "config/place.hpp"

namespace sidecache::config {

enum class shape : std::uint8_t { nothing, text, list, map };

struct member;

struct node {
  config::shape shape = shape::nothing;
  std::string text;             ///< with shape::text
  std::vector<node> items;      ///< with shape::list
  std::vector<member> members;  ///< with shape::map, in the order written; no name twice
  place where;
};

struct member {
  std::string name;
  place where;  ///< of the name
  node value;
};

/// "cache" and "ttl" are "cache.ttl"; a top-level name stays as it is.
[[nodiscard]] inline std::string key_below(const std::string& section, std::string_view name) {
  std::string key = section;
  if (!key.empty()) key += '.';
  return key.append(name);
}

[[nodiscard]] inline node make_node(shape of, const place& where) {
  return {.shape = of, .text = {}, .items = {}, .members = {}, .where = where};
}
[[nodiscard]] inline node make_text(std::string_view text, const place& where) {
  return {.shape = shape::text, .text = std::string(text), .items = {}, .members = {}, .where = where};
}

}  // namespace sidecache::config
