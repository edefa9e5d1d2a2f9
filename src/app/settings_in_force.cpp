#include "app/settings_in_force.hpp"

#include <chrono>

namespace sidecache::app {
namespace {

admin::reload_report report_of(const config::reload_decision& what, std::string_view cause, wall_time when) {
  admin::reload_report made{.result = std::string(to_string(what.result)),
                            .cause = std::string(cause),
                            .at = when,
                            .taken = what.is_taken(),
                            .told = describe(what),
                            .changes = {},
                            .errors = {}};
  for (const auto& each : what.changes)
    made.changes.push_back({.key = each.key, .running = each.running, .wanted = each.wanted, .live = each.is_live()});
  for (const auto& each : what.errors) made.errors.push_back(each.message());
  return made;
}

}  // namespace

settings_in_force::settings_in_force(config::loaded_settings at_start, wall_time now)
    : started_(std::make_shared<const config::loaded_settings>(std::move(at_start))),
      now_(started_),
      last_success_(now) {}

settings_in_force::snapshot settings_in_force::now() const {
  const std::lock_guard lock(mutex_);
  return now_;
}

config::reload_decision settings_in_force::take(config::load_result wanted, std::string_view cause, wall_time when) {
  auto made = decide_reload(*now(), wanted);
  const std::lock_guard lock(mutex_);
  ++counts_[static_cast<std::size_t>(made.result)];
  last_ = report_of(made, cause, when);
  if (made.is_taken() && wanted) {  // where nothing differs too: its lines may have moved
    now_ = std::make_shared<const config::loaded_settings>(std::move(*wanted));
    last_success_ = when;
  }
  return made;
}

std::optional<admin::reload_report> settings_in_force::last() const {
  const std::lock_guard lock(mutex_);
  return last_;
}

void settings_in_force::add_readings(std::vector<metrics::reading>& out) const {
  using enum metrics::metric;
  const std::lock_guard lock(mutex_);
  for (std::size_t i = 0; i < counts_.size(); ++i)
    out.push_back({config_reloads, {std::string(config::reload_result_names[i])}, static_cast<double>(counts_[i])});
  out.push_back({config_last_reload_successful, {}, !last_ || last_->taken ? 1.0 : 0.0});
  const std::chrono::duration<double> since_epoch = last_success_.time_since_epoch();
  out.push_back({config_last_reload_success, {}, since_epoch.count()});
}

}  // namespace sidecache::app
