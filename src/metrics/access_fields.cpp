#include "metrics/access_fields.hpp"

namespace sidecache::metrics {

std::string access_fields_markdown() {
  std::string table = "| field | there | what it says |\n|---|---|---|\n";
  for (const auto& each : access_fields)
    table.append("| `").append(each.name).append("` | ").append(each.when).append(" | ").append(each.help).append(
        " |\n");
  return table;
}

}  // namespace sidecache::metrics
