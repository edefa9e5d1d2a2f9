// Reads a page of Prometheus' text format the way a test wants to ask it.
#pragma once

#include <optional>
#include <sstream>
#include <string>

namespace sidecache::metrics {

/// The value of the series written exactly so, as in `sidecache_cache_bytes{plane="admin"}`.
inline std::optional<double> value_of(const std::string& page, const std::string& series) {
  std::istringstream lines(page);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with(series + " ")) return std::stod(line.substr(series.size() + 1));
  }
  return std::nullopt;
}

}  // namespace sidecache::metrics
