#include "admin/utc_text.hpp"

#include <fmt/chrono.h>

#include <chrono>

namespace sidecache::admin {

std::string utc_text(wall_time at) {
  return fmt::format("{:%FT%TZ}", fmt::gmtime(std::chrono::system_clock::to_time_t(at)));
}

}  // namespace sidecache::admin
