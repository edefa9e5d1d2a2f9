#include "base/log_failure.hpp"

#include <spdlog/spdlog.h>

namespace sidecache {

void log_failure(const std::exception_ptr& failure, std::string_view what) {
  try {
    std::rethrow_exception(failure);
  } catch (const std::exception& e) {
    spdlog::error("{}: {}", what, e.what());
  } catch (...) {
    spdlog::error("{}: an exception of an unknown type", what);
  }
}

}  // namespace sidecache
