// What `sidecache demo` prints: where everything is, and lines to paste that work as they stand.
#pragma once

#include <string>
#include <vector>

#include "app/service.hpp"

namespace sidecache::app {

/// The admin API's plane is "proxy", as where there is no other; the gateways' is "gateways".
[[nodiscard]] std::vector<announced> in_the_demos_words(std::vector<announced> listening);

[[nodiscard]] std::string demo_text(const std::string& mock, const std::vector<announced>& listening);

}  // namespace sidecache::app
