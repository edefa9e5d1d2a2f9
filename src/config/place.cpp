#include "config/place.hpp"

namespace sidecache::config {

std::string place::describe() const {
  switch (kind) {
    case source_kind::default_value:
      return "default";
    case source_kind::environment:
      return "environment " + name;
    case source_kind::flag:
      return "flag " + name;
    case source_kind::file:
      break;
  }
  return line == 0 ? name : name + ":" + std::to_string(line) + ":" + std::to_string(column);
}

}  // namespace sidecache::config
