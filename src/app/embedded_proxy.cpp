#include <future>
#include <stdexcept>

#include "app/service.hpp"
#include "config/load.hpp"
#include "sidecache/proxy.hpp"

namespace sidecache {
namespace {

config::loaded_settings loaded(const embedded_proxy::settings& with) {
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
