#include "app/health_check.hpp"

#include <iostream>

#include "app/own_listener.hpp"

namespace sidecache::app {
namespace {

exit_code unhealthy(const std::string& why) {
  std::cerr << "sidecache: not healthy: " << why << "\n";
  return exit_unhealthy;
}

}  // namespace

exit_code check_health(const config::settings& settings, duration timeout) {
  const auto answer = ask_own_listener(settings.metrics.listen, settings.tls, {.target = "/readyz"}, timeout);
  if (!answer) return unhealthy(answer.error());
  if (answer->status != 200) return unhealthy("/readyz answered " + std::to_string(answer->status));
  return exit_ok;
}

}  // namespace sidecache::app
