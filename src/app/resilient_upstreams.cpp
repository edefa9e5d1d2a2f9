#include "app/resilient_upstreams.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <random>
#include <stdexcept>

#include "app/from_config.hpp"

namespace sidecache::app {
namespace {

/// One a worker: not for secrets, only for spreading things out.
resilience::random_source make_random() {
  return [engine = std::minstd_rand(std::random_device{}())]() mutable {
    return std::uniform_real_distribution<double>(0, 1)(engine);
  };
}

std::vector<std::unique_ptr<net::upstream>> connect_to(const shared_upstreams& shared, net::worker& on,
                                                       proxy::observer& observer) {
  std::vector<std::unique_ptr<net::upstream>> all;
  all.reserve(shared.sites.size());
  for (const auto& site : shared.sites)
    all.push_back(std::make_unique<net::upstream>(on.context, site, on.sweep, observer, nullptr, &on.buffered));
  return all;
}

std::vector<proxy::origin*> origins(const std::vector<std::unique_ptr<net::upstream>>& of) {
  std::vector<proxy::origin*> all;
  all.reserve(of.size());
  for (const auto& each : of) all.push_back(each.get());
  return all;
}

}  // namespace

shared_upstreams make_upstreams(const config::settings& from, const config::plane_settings& plane) {
  shared_upstreams made;
  std::vector<resilience::upstream_name> names;
  for (const auto& [settings, weight] : upstream_settings(from, plane)) {
    auto site = net::upstream_site::make(settings, proxy_credentials(plane));
    if (!site) throw std::invalid_argument(site.error());
    if (const auto& proxy = (*site)->proxy)
      spdlog::info("{} is asked through the proxy {}", net::host_and_port((*site)->url),
                   net::host_and_port(proxy->url));
    names.push_back({net::host_and_port((*site)->url), weight});
    made.sites.push_back(std::move(*site));
  }
  made.group =
      std::make_unique<resilience::upstream_group>(names, breaker_settings(plane), plane.upstream.retry_budget);
  made.settings = resilience_settings(plane);
  const auto& upstream = plane.upstream;
  made.checks = {.path = upstream.check_path,
                 .interval = upstream.check_interval,
                 .timeout = std::min(upstream.timeout, plane.breaker.slow_after)};
  return made;
}

worker_upstreams::worker_upstreams(net::worker& on, const shared_upstreams& shared, const clock& time,
                                   proxy::observer& observer)
    : alarms_(on.context),
      upstreams_(connect_to(shared, on, observer)),
      origin_(origins(upstreams_), *shared.group, shared.settings, time, alarms_, make_random()) {
  if (on.index == 0)
    checks_.emplace(on.context.get_executor(), origins(upstreams_), *shared.group, shared.checks, time, alarms_);
}

void add_readings(const resilience::upstream_group& of, const std::string& plane, std::vector<metrics::reading>& out) {
  using enum metrics::metric;
  for (const auto& each : of.look()) {
    out.push_back({metrics::metric::breaker_state, {plane, each.name}, static_cast<double>(each.state)});
    for (std::size_t i = 0; i < each.changes.size(); ++i)
      out.push_back({breaker_changes,
                     {plane, each.name, std::string(resilience::to_string(static_cast<resilience::breaker_state>(i)))},
                     static_cast<double>(each.changes[i])});
  }
  for (std::size_t i = 0; i < resilience::repetition_names.size(); ++i)
    out.push_back({upstream_retries,
                   {plane, std::string(resilience::repetition_names[i])},
                   static_cast<double>(of.counted(static_cast<resilience::repetition>(i)))});
}

}  // namespace sidecache::app
