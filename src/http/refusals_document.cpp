#include "http/refusals_document.hpp"

#include <string_view>

#include "http/body_rules.hpp"
#include "http/head_rules.hpp"

namespace sidecache::http {
namespace {

void add_row(std::string& table, std::string_view code, unsigned status, std::string_view why) {
  table.append("| `").append(code).append("` | ").append(std::to_string(status)).append(" | ").append(why);
  table.append(" |\n");
}

}  // namespace

std::string refusals_markdown() {
  std::string table = "| code | status | what is refused |\n|---|---|---|\n";
  for (const auto& each : head_rules) add_row(table, each.code, each.status, each.why);
  for (const auto& each : body_rules) add_row(table, body_rule_code, 400, each.why);
  return table;
}

}  // namespace sidecache::http
