#include "app/plane_listeners.hpp"

#include <atomic>
#include <stdexcept>
#include <utility>

namespace sidecache::app {
namespace {

/// On one worker.
struct switch_parts {
  switch_parts(std::vector<plane_switch::branch> branches, worker_observer others)
      : own(std::move(others)), chooses(std::move(branches), own.get()) {}

  worker_observer own;
  plane_switch chooses;
};

std::vector<plane_switch::branch> branches_of(const listening_group& group, plane_set& planes, std::size_t worker) {
  std::vector<plane_switch::branch> made;
  for (const std::size_t i : group.planes) {
    plane& each = planes.at(i);
    made.push_back({each.settings().prefix, each.handler(worker), each.observer(worker)});
  }
  return made;
}

void require_secrecy(const std::vector<net::listen_place>& places, const listening_group& group,
                     const config::settings& settings) {
  for (const auto& place : places)
    for (const std::size_t i : group.planes)
      if (carries_keys_in_clear(settings.planes[i], place.address))
        throw std::invalid_argument(url_of(place.address) + ": the data plane '" + settings.planes[i].name +
                                    "' answers with providers' keys, so it listens with https://, on a Unix socket or "
                                    "on loopback, or takes allow_plaintext: true");
}

}  // namespace

/// A group, what is behind it, and its server, which goes first.
struct plane_listeners::gate {
  explicit gate(listening_group group) : of(std::move(group)) {}

  [[nodiscard]] proxy::handler& handler(plane_set& planes, std::size_t worker) const {
    return switches.empty() ? planes.at(of.planes.front()).handler(worker) : switches.at(worker)->chooses;
  }
  [[nodiscard]] proxy::observer& observer(plane_set& planes, std::size_t worker) const {
    return switches.empty() ? planes.at(of.planes.front()).observer(worker) : switches.at(worker)->chooses;
  }

  listening_group of;
  std::vector<std::unique_ptr<switch_parts>> switches;  // one a worker, or none
  std::unique_ptr<net::server> server;
};

plane_listeners::plane_listeners(std::vector<listening_group> groups,
                                 std::vector<std::vector<net::listen_place>> places, const config::settings& settings,
                                 plane_set& planes, net::worker_pool& workers, metrics::collector& figures,
                                 metrics::log& log)
    : settings_(settings) {
  for (std::size_t g = 0; g < groups.size(); ++g) {
    require_secrecy(places.at(g), groups[g], settings);
    auto made = std::make_unique<gate>(std::move(groups[g]));
    for (std::size_t i = 0; made->of.by_prefix && i < workers.size(); ++i)
      made->switches.push_back(std::make_unique<switch_parts>(
          branches_of(made->of, planes, i),
          worker_observer(figures.add_worker(made->of.label), log, settings, {.plane = made->of.label})));
    made->server = std::make_unique<net::server>(
        workers, std::move(places.at(g)), [&](std::size_t i) -> proxy::handler& { return made->handler(planes, i); },
        [&](std::size_t i) -> proxy::observer& { return made->observer(planes, i); }, session_limits(settings));
    gates_.push_back(std::move(made));
  }
}

plane_listeners::~plane_listeners() = default;

void plane_listeners::open() {
  for (const auto& each : gates_) each->server->open();
}

void plane_listeners::drain(duration grace, const std::function<void()>& done, net::server::queued waiting) {
  const auto left = std::make_shared<std::atomic<std::size_t>>(gates_.size());
  for (const auto& each : gates_)
    each->server->drain(
        grace,
        [left, done] {
          if (left->fetch_sub(1) == 1) done();
        },
        waiting);
}

std::uint16_t plane_listeners::port() const { return gates_.front()->server->port(0); }

void plane_listeners::add_access_lines(std::size_t worker,
                                       std::vector<std::shared_ptr<metrics::access_log>>& to) const {
  for (const auto& each : gates_)
    if (!each->switches.empty()) to.push_back(each->switches.at(worker)->own.lines());
}

void plane_listeners::announce_to(std::vector<announced>& all) const {
  for (const auto& each : gates_)
    for (const listen_address& bound : each->server->addresses()) announce(each->of, settings_.planes, bound, all);
}

void plane_listeners::add_readings(std::vector<metrics::reading>& out) const {
  using metrics::metric;
  for (const auto& each : gates_) {
    const auto add = [&](const char* reason, std::uint64_t count) {
      out.push_back({metric::connections_refused, {each->of.label, reason}, static_cast<double>(count)});
    };
    add("limit", each->server->pauses_at_limit());
    add("accept_error", each->server->accept_errors());
    add("client_limit", each->server->refused_for_client());
  }
}

}  // namespace sidecache::app
