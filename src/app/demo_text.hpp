// What `sidecache demo` prints: where everything is, and lines to paste that work as they stand.
#pragma once

#include <string>
#include <vector>

#include "app/service.hpp"

namespace sidecache::app {

[[nodiscard]] std::string demo_text(const std::string& mock, const std::vector<announced>& listening);

}  // namespace sidecache::app
