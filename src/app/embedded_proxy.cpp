#include <algorithm>
#include <future>
#include <stdexcept>

#include "app/service.hpp"
#include "config/edit_distance.hpp"
#include "config/load.hpp"
#include "config/settings_table.hpp"
#include "sidecache/proxy.hpp"

namespace sidecache {
namespace {

/// One error for each key that there is none of.
std::string unknown_keys(const embedded_proxy::settings& with) {
  std::vector<std::string> known;
  for (const config::setting& each : config::settings_table()) known.emplace_back(each.key);
  std::string errors;
  for (const auto& [key, value] : with) {
    if (std::ranges::find(known, key) != known.end()) continue;
    const std::string closest = config::closest_name(key, known, '.');
    errors += config::in_quotes(key) + ": unknown key";
    errors += closest.empty() ? "\n" : "; did you mean " + closest + "?\n";
  }
  return errors;
}

config::loaded_settings loaded(const embedded_proxy::settings& with) {
  if (const std::string errors = unknown_keys(with); !errors.empty()) throw std::invalid_argument(errors);
  config::sources from;
  for (const auto& [key, value] : with) from.flags.push_back({.key = key, .text = value});
  auto settings = config::load(from);
  if (!settings) throw std::invalid_argument(config::format_errors(settings.error()));
  return std::move(*settings);
}

}  // namespace

struct embedded_proxy::parts {
  explicit parts(config::loaded_settings settings)
      : log(app::log_settings(settings.values)), running(std::move(settings), log) {}

  metrics::log log;
  app::service running;
  bool started = false;
};

embedded_proxy::embedded_proxy(const settings& with) : parts_(std::make_unique<parts>(loaded(with))) {}

embedded_proxy::~embedded_proxy() { stop(std::chrono::nanoseconds{0}); }

void embedded_proxy::start() {
  parts_->running.open();
  parts_->started = true;
}

void embedded_proxy::stop(std::chrono::nanoseconds grace) {
  if (!std::exchange(parts_->started, false)) return;
  // Shared with the callback, which may still be inside set_value() when this has returned.
  const auto drained = std::make_shared<std::promise<void>>();
  auto all_closed = drained->get_future();
  parts_->running.drain(grace, [drained] { drained->set_value(); });
  all_closed.wait();
}

std::uint16_t embedded_proxy::port() const { return parts_->running.port(); }

std::uint16_t embedded_proxy::metrics_port() const { return parts_->running.metrics_port(); }

}  // namespace sidecache
