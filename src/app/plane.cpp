#include "app/plane.hpp"

#include <algorithm>
#include <random>

#include "app/own_sync.hpp"
#include "app/version.hpp"
#include "base/random_source.hpp"
#include "metrics/fingerprint_memo.hpp"
#include "proxy/sync_poll.hpp"

namespace sidecache::app {

namespace {

/// For ids that tell requests apart: unlike everywhere, secret nowhere.
random_source draw_ids() {
  std::random_device draws;
  return random_source((std::uint64_t{draws()} << 32U) | draws());
}

}  // namespace

/// What belongs to one worker thread.
struct plane::worker_parts {
  worker_parts(plane& of, net::worker& on, worker_observer watching)
      : observer(std::move(watching)),
        upstreams(on, of.upstreams_, of.clock_, observer.get()),
        door(upstreams.origin(), admission_settings(of.own_),
             {on.context.get_executor(), of.clock_, upstreams.clocks(), of.pace_, observer.get()}),
        handler(of.core_, door, observer.get(), upstreams.clocks(), on.context.get_executor(), of.peers_.on(on, others),
                draw_ids()) {}

  worker_observer observer;
  worker_upstreams upstreams;
  resilience::admission door;
  std::optional<net::peer_listeners> others;
  proxy::proxy_handler handler;
  std::optional<proxy::sync_poll> polls;  // the first worker's are everybody's
};

plane::plane(const plane_surroundings& around, const config::plane_settings& own)
    : settings_(around.settings),
      own_(own),
      clock_(around.time),
      memo_keys_{around.keys.table_key, around.keys.tenant_key},
      core_(proxy_settings(around.settings, own, version), around.time, around.keys, around.seat, around.together),
      upstreams_(make_upstreams(around.settings, own)),
      peers_(make_peers(around.settings, own)) {}

plane::~plane() = default;

void plane::serve_on(net::worker_pool& workers, metrics::collector& figures, metrics::log& log) {
  const metrics::access_source source{
      .plane = name(), .fingerprint = metrics::fingerprint_memo(memo_keys_, [this](const http::credential_view& who) {
                         return core_.fingerprint_of(who);
                       })};
  for (std::size_t i = 0; i < workers.size(); ++i)
    parts_.push_back(std::make_unique<worker_parts>(
        *this, workers.at(i), worker_observer(figures.add_worker(name()), log, settings_, source)));
  if (own_.sync.poll_path.empty()) return;
  worker_parts& first = *parts_.front();
  first.polls.emplace(core_, first.upstreams.origin(), clock_, first.upstreams.clocks(),
                      workers.at(0).context.get_executor(), poll_settings(own_), poll_credential(own_), draw_ids());
}

void plane::leave() { parts_.clear(); }

proxy::handler& plane::handler(std::size_t worker) { return parts_.at(worker)->handler; }

proxy::observer& plane::observer(std::size_t worker) { return parts_.at(worker)->observer.get(); }

const std::shared_ptr<metrics::access_log>& plane::access_lines(std::size_t worker) const {
  return parts_.at(worker)->observer.lines();
}

std::shared_ptr<const proxy::settings> plane::change(const config::settings& values,
                                                     const config::plane_settings& own) {
  return core_.change(proxy_settings(values, own, version));
}

void plane::add_readings(std::vector<metrics::reading>& out) const {
  add_cache_readings(out);
  app::add_readings(*upstreams_.group, name(), out);
  add_admission_readings(out);
  add_shadow_readings(out);
  if (own_.kind == config::plane_kind::data) add_sync_readings(out);
}

void plane::add_sync_readings(std::vector<metrics::reading>& out) const {
  for (std::size_t i = 0; i < proxy::sync_result_names.size(); ++i)
    out.push_back({metrics::metric::syncs,
                   {name(), std::string(proxy::sync_result_names[i])},
                   static_cast<double>(core_.syncs(static_cast<proxy::sync_result>(i)))});
  for (std::size_t i = 0; i < proxy::peer_result_names.size() && !peers_.sites.empty(); ++i)
    out.push_back({metrics::metric::sync_peer_requests,
                   {name(), std::string(proxy::peer_result_names[i])},
                   static_cast<double>(core_.counted(static_cast<proxy::peer_result>(i)))});
}

void plane::add_shadow_readings(std::vector<metrics::reading>& out) const {
  using enum metrics::metric;
  const auto in_force = static_cast<std::size_t>(core_.config().mode);
  for (std::size_t i = 0; i < proxy::mode_names.size(); ++i)
    out.push_back({mode, {name(), std::string(proxy::mode_names[i])}, i == in_force ? 1.0 : 0.0});
  auto totals = core_.shadow().totals();
  for (std::size_t i = 0; i < records::typed_kind_count;
       ++i)  // there from the start, so that a first one is an increase
    totals.try_emplace(http::route_of(static_cast<records::kind>(i)));
  for (const auto& [route, tally] : totals) {
    const std::string of(http::to_string(route));
    for (std::size_t i = 0; i < tally.results.size(); ++i)
      out.push_back({shadow_lookups,
                     {name(), of, std::string(proxy::shadow_result_names[i])},
                     static_cast<double>(tally.results[i])});
    out.push_back({shadow_spared, {name(), of}, static_cast<double>(tally.spared)});
    out.push_back({shadow_spared_bytes, {name(), of}, static_cast<double>(tally.spared_bytes)});
    out.push_back({shadow_waited, {name(), of}, std::chrono::duration<double>(tally.waited).count()});
  }
}

void plane::add_cache_readings(std::vector<metrics::reading>& out) const {
  using enum metrics::metric;
  const auto number = [](auto n) { return static_cast<double>(n); };
  const cache_figures figures = core_.figures();
  for (std::size_t i = 0; i < std::min(records::kind_count, figures.items.size()); ++i) {
    const auto kind = static_cast<records::kind>(i);
    if (!records::is_typed(kind) && figures.items[i] == 0) continue;  // what only a data plane is asked for
    out.push_back(
        {cache_entries, {name(), std::string(http::to_string(http::route_of(kind)))}, number(figures.items[i])});
  }
  out.push_back({cache_bytes, {name()}, number(figures.bytes)});
  out.push_back({cache_max_bytes, {name()}, number(figures.max_bytes)});
  out.push_back({cache_evictions, {name(), "capacity"}, number(figures.evicted)});
  out.push_back({cache_evictions, {name(), "capacity_expendable"}, number(figures.evicted_expendable)});
  out.push_back({cache_evictions, {name(), "negative_share"}, number(figures.evicted_over_share)});
  out.push_back({cache_evictions, {name(), "expired"}, number(figures.expired)});
  for (std::size_t i = 0; i < proxy::invalidation_source_names.size(); ++i)
    out.push_back({invalidations,
                   {name(), std::string(proxy::invalidation_source_names[i])},
                   number(core_.invalidations(static_cast<proxy::invalidation_source>(i)))});
  const proxy::coverage covered = core_.coverage_at(clock_.now());
  out.push_back({coverage_keys, {name(), "covered"}, number(covered.covered)});
  out.push_back({coverage_keys, {name(), "missing"}, number(covered.asked - covered.covered)});
  if (covered.first_lost)
    out.push_back({coverage_seconds, {name()}, std::chrono::duration<double>(*covered.first_lost).count()});
  out.push_back({drill_active, {name()}, core_.drill().on(clock_.now().mono) ? 1.0 : 0.0});
}

void plane::add_admission_readings(std::vector<metrics::reading>& out) const {
  using enum metrics::metric;
  for (const auto& each : parts_) {
    out.push_back({upstream_queue_waiting, {name()}, static_cast<double>(each->door.waiting())});
    out.push_back({upstream_concurrency_limit, {name()}, static_cast<double>(each->door.limit())});
    for (std::size_t i = 0; i < proxy::urgency_count; ++i) {
      const auto how = static_cast<proxy::urgency>(i);
      out.push_back({upstream_shed, {name(), std::string(to_string(how))}, static_cast<double>(each->door.shed(how))});
    }
  }
  out.push_back({upstream_recovery, {name()}, pace_.recovering(clock_.now().mono) ? 1.0 : 0.0});
}

}  // namespace sidecache::app
