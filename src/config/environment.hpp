// Settings from environment variables: SIDECACHE_CACHE_TTL is cache.ttl, and SIDECACHE_CONFIG names the file.
//
// Kubernetes puts variables of its own into every pod for each Service of the namespace. Those of a Service named
// sidecache, or sidecache-anything, begin as ours do and are left alone; every other unknown one is an error, because a
// setting that is misspelled and ignored is found when it is needed.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/given.hpp"

namespace sidecache::config {

using environment = std::vector<std::pair<std::string, std::string>>;

constexpr std::string_view config_variable = "SIDECACHE_CONFIG";

/// Those of this process that begin with SIDECACHE_ or name an egress proxy. Call before threads start.
[[nodiscard]] environment process_environment();

/// SIDECACHE_PORT, SIDECACHE_PORT_..., SIDECACHE_SERVICE_..., and the same of sidecache-NAME, whose SIDECACHE_NAME_PORT
/// is known by its value: an address like tcp://10.0.0.1:9400.
[[nodiscard]] bool injected_by_kubernetes(std::string_view name, std::string_view value);

/// The value of SIDECACHE_CONFIG; nothing if it is not set or empty.
[[nodiscard]] std::optional<std::string> config_file_of(const environment& variables);

/// Variables that do not begin with SIDECACHE_ are none of ours.
[[nodiscard]] source_reading read_environment(const environment& variables);

}  // namespace sidecache::config
