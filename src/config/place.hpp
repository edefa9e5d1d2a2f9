// Where a value was given: what an error points at, and what GET /api/settings names as a value's source.
#pragma once

#include <cstdint>
#include <string>

namespace sidecache::config {

enum class source_kind : std::uint8_t { default_value, file, environment, flag };

struct place {
  source_kind kind = source_kind::default_value;
  std::string name;     ///< the file's path, the variable, or the flag with its dashes
  unsigned line = 0;    ///< from 1; 0 where there is none
  unsigned column = 0;  ///< from 1

  /// "default", "sidecache.yaml:3:7", "environment SIDECACHE_CACHE_TTL" or "flag --cache-ttl".
  [[nodiscard]] std::string describe() const;
};

}  // namespace sidecache::config
