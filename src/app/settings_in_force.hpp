// What this process runs by, and what came of reading its settings anew: for metrics, the admin pages and the log.
//
// Theory of operation: what can't change while the process lives is read from started(), to which references may be
// kept; what can is handed to those who work by it (service::apply), and now() has all of it as people see it. Threads:
// reloads come from the main thread, everything else may be asked by any; the mutex is none that a request takes.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <vector>

#include "admin/views.hpp"
#include "base/clock.hpp"
#include "config/reload.hpp"
#include "metrics/reading.hpp"

namespace sidecache::app {

class settings_in_force {
 public:
  using snapshot = std::shared_ptr<const config::loaded_settings>;

  settings_in_force(config::loaded_settings at_start, wall_time now);

  [[nodiscard]] const config::settings& started() const { return started_->values; }
  [[nodiscard]] snapshot now() const;

  /// Decides about it, keeps it if it is taken, and remembers what came of it. `cause`: what had it read.
  config::reload_decision take(config::load_result wanted, std::string_view cause, wall_time when);

  /// Of the last reload; nothing before the first.
  [[nodiscard]] std::optional<admin::reload_report> last() const;
  void add_readings(std::vector<metrics::reading>& out) const;

 private:
  snapshot started_;
  mutable std::mutex mutex_;
  snapshot now_;
  wall_time last_success_;
  std::optional<admin::reload_report> last_;
  std::array<std::uint64_t, config::reload_result_names.size()> counts_{};
};

}  // namespace sidecache::app
