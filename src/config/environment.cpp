#include "config/environment.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>

#include "config/edit_distance.hpp"
#include "config/proxy_environment.hpp"
#include "config/settings_table.hpp"
#include "config/value_reader.hpp"

namespace sidecache::config {
namespace {

constexpr std::string_view prefix = "SIDECACHE_";

bool is_service_url(std::string_view value) {
  return value.starts_with("tcp://") || value.starts_with("udp://") || value.starts_with("sctp://");
}

/// "_PORT_9400_TCP" and what may follow, anywhere in the name.
bool has_numbered_port(std::string_view name) {
  constexpr std::string_view port = "_PORT_";
  for (auto at = name.find(port); at != std::string_view::npos; at = name.find(port, at + 1)) {
    const auto number = name.substr(at + port.size());
    const auto digits = std::min(number.find_first_not_of("0123456789"), number.size());
    const auto rest = number.substr(digits);
    if (digits > 0 && (rest.starts_with("_TCP") || rest.starts_with("_UDP") || rest.starts_with("_SCTP"))) return true;
  }
  return false;
}

config_error unknown_variable(const std::string& name) {
  std::vector<std::string> known{std::string(config_variable.substr(prefix.size()))};
  for (const auto& what : settings_table()) known.push_back(environment_name(what.key).substr(prefix.size()));
  const std::string closest = closest_name(std::string_view(name).substr(prefix.size()), known, '_');
  return {.where = {source_kind::environment, name},
          .key = {},
          .found = "unknown variable",
          .expected = {},
          .closest = closest.empty() ? "" : std::string(prefix) + closest};
}

}  // namespace

environment process_environment() {
  environment out;
  for (char** at = environ; at != nullptr && *at != nullptr; ++at) {
    const std::string_view variable = *at;
    const auto sign = variable.find('=');
    if (sign == std::string_view::npos) continue;
    if (variable.starts_with(prefix) || is_proxy_variable(variable.substr(0, sign)))
      out.emplace_back(variable.substr(0, sign), variable.substr(sign + 1));
  }
  return out;
}

bool injected_by_kubernetes(std::string_view name, std::string_view value) {
  if (name == "SIDECACHE_PORT" || name.starts_with("SIDECACHE_PORT_") || name.starts_with("SIDECACHE_SERVICE_"))
    return true;
  if (!name.starts_with(prefix)) return false;
  return name.ends_with("_SERVICE_HOST") || name.ends_with("_SERVICE_PORT") || name.contains("_SERVICE_PORT_") ||
         has_numbered_port(name) || (name.ends_with("_PORT") && is_service_url(value));
}

std::optional<std::string> config_file_of(const environment& variables) {
  const auto at = std::ranges::find(variables, config_variable, &environment::value_type::first);
  if (at == variables.end() || at->second.empty()) return std::nullopt;
  return at->second;
}

source_reading read_environment(const environment& variables) {
  source_reading out;
  const auto table = settings_table();
  for (const auto& [name, value] : variables) {
    if (!name.starts_with(prefix) || name == config_variable || injected_by_kubernetes(name, value)) continue;
    const auto what = std::ranges::find_if(table, [&](const setting& s) { return environment_name(s.key) == name; });
    if (what == table.end()) {
      out.errors.push_back(unknown_variable(name));
      continue;
    }
    const place where{source_kind::environment, name};
    out.values.push_back({static_cast<std::size_t>(what - table.begin()), node_from_text(*what, value, where)});
  }
  return out;
}

}  // namespace sidecache::config
