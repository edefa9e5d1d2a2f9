#include "app/plane_set.hpp"

#include <algorithm>

#include "app/sync_peers.hpp"

namespace sidecache::app {
namespace {

cache::purge_order order_of(const admin::purge_request& from, const proxy::core& core) {
  cache::purge_order to{.kind = from.kind,
                        .slug = from.slug,
                        .uuid = from.uuid,
                        .integration = from.integration,
                        .workspace = from.workspace,
                        .partition = {},
                        .soft = from.soft};
  if (from.names_credential())
    to.partition =
        core.partition_of({.authorization = from.authorization.view(), .api_key = from.api_key.view(), .state = {}});
  return to;
}

void add_entries(const plane& of, instant now, std::size_t limit, std::vector<admin::entry_row>& rows) {
  of.core().for_each_entry([&](const cache::entry& e, std::uint8_t /*marks*/, std::string_view credential) {
    if (rows.size() >= limit) return false;
    if (e.what == cache::entry_class::marker) return true;
    rows.push_back({.plane = of.name(),
                    .route = http::route_of(e.kind),
                    .ident = e.ident,
                    .credential = std::string(credential),
                    .status = e.status,
                    .bytes = e.cost(),
                    .age = now.mono - e.stored_at,
                    .ttl = e.fresh_until - now.mono});
    return true;
  });
}

}  // namespace

plane_set::plane_set(const config::settings& settings, const clock& time, const proxy::tenure& seat)
    : clock_(time), keys_(keys_of_process(settings)), together_(std::make_shared<proxy::replica>()) {
  const plane_surroundings around{
      .settings = settings, .time = time, .keys = keys_, .seat = seat, .together = together_};
  for (const auto& own : settings.planes) planes_.push_back(std::make_unique<plane>(around, own));
}

void plane_set::serve_on(net::worker_pool& workers, metrics::collector& figures, metrics::log& log) {
  for (const auto& each : planes_) each->serve_on(workers, figures, log);
}

std::vector<std::shared_ptr<const proxy::settings>> plane_set::change(const config::settings& values) {
  std::vector<std::shared_ptr<const proxy::settings>> before;
  before.reserve(planes_.size());
  for (std::size_t i = 0; i < planes_.size(); ++i) before.push_back(planes_[i]->change(values, values.planes.at(i)));
  return before;
}

void plane_set::close() {
  for (const auto& each : planes_) each->close();
}

void plane_set::leave() {
  for (const auto& each : planes_) each->leave();
}

std::string plane_set::label() const {
  std::string all;
  for (const auto& each : planes_) all.append(all.empty() ? "" : "+").append(each->name());
  return all;
}

std::vector<std::string> plane_set::plane_names() const {
  std::vector<std::string> all;
  all.reserve(planes_.size());
  for (const auto& each : planes_) all.push_back(each->name());
  return all;
}

std::vector<admin::entry_row> plane_set::entries(std::size_t limit) const {
  std::vector<admin::entry_row> rows;
  const instant now = clock_.now();
  for (const auto& each : planes_) add_entries(*each, now, limit, rows);
  return rows;
}

std::size_t plane_set::entry_count() const {
  std::size_t count = 0;
  for (const auto& each : planes_)
    for (const std::size_t of_a_kind : each->core().figures().items) count += of_a_kind;
  return count;
}

std::vector<admin::plane_coverage> plane_set::coverage() const {
  std::vector<admin::plane_coverage> all;
  all.reserve(planes_.size());
  for (const auto& each : planes_) all.push_back({each->name(), each->core().coverage_at(clock_.now())});
  return all;
}

std::vector<admin::plane_shadow> plane_set::shadow() const {
  std::vector<admin::plane_shadow> all;
  all.reserve(planes_.size());
  for (const auto& each : planes_)
    all.push_back({each->name(), each->core().config().mode, each->core().shadow().report()});
  return all;
}

std::size_t plane_set::purge(const admin::purge_request& order) {
  std::size_t dropped = 0;
  for (const auto& each : planes_)
    if (order.plane.empty() || order.plane == each->name())
      dropped += each->core().purge(order_of(order, each->core()));
  return dropped;
}

void plane_set::begin_drill(mono_time now, duration how_long, std::string_view /*from*/) {
  for (const auto& each : planes_) each->core().drill().begin(now, how_long);
}

proxy::drill_report plane_set::drill_report(mono_time now) const {
  proxy::drill_report sum;
  for (const auto& each : planes_) {
    const proxy::drill_report own = each->core().drill().report(now);
    sum.ever = sum.ever || own.ever;
    sum.left = std::max(sum.left, own.left);
    sum.length = std::max(sum.length, own.length);
    sum.stood_in += own.stood_in;
    sum.failed += own.failed;
    sum.failed_elsewhere += own.failed_elsewhere;
    for (const auto& [which, times] : own.failed_records) sum.failed_records[which] += times;
  }
  return sum;
}

std::vector<admin::stale_row> plane_set::stale_served(std::size_t limit) const {
  std::vector<admin::stale_row> rows;
  for (const auto& each : together_->stale.list(limit, clock_.now().mono))
    rows.push_back({.family = std::string(cache::to_string(each.what.of)),
                    .ident = each.what.ident,
                    .workspace = each.what.workspace_id,
                    .organisation = each.whose.organisation,
                    .first = each.first,
                    .last = each.last,
                    .times = each.times});
  return rows;
}

void plane_set::add_readings(std::vector<metrics::reading>& out) const {
  for (const auto& each : planes_) each->add_readings(out);
  const bool any_data =
      std::ranges::any_of(planes_, [](const auto& each) { return each->settings().kind == config::plane_kind::data; });
  if (!any_data) return;
  const proxy::stale_served::figures stale = together_->stale.look(clock_.now().mono);
  out.push_back({metrics::metric::stale_served_records, {label()}, static_cast<double>(stale.waiting)});
  out.push_back({metrics::metric::stale_served_healed, {label()}, static_cast<double>(stale.healed)});
  out.push_back({metrics::metric::stale_served_forgotten, {label()}, static_cast<double>(stale.forgotten)});
}

}  // namespace sidecache::app
