#include "metrics/collector.hpp"

#include <prometheus/text_serializer.h>

#include <algorithm>
#include <limits>
#include <map>
#include <span>
#include <sstream>
#include <stdexcept>
#include <tuple>

#include "metrics/process_figures.hpp"

namespace sidecache::metrics {
namespace {

constexpr std::array<std::string_view, connection_state_count> state_names{"connecting", "active", "idle"};
constexpr std::string_view compiler = "clang " __clang_version__;

std::string route_name(std::size_t route) { return std::string(http::to_string(static_cast<http::route>(route))); }
std::string kind_name(std::size_t kind) { return std::string(object_name(static_cast<records::kind>(kind))); }

std::int64_t count_of(const duration_histogram& durations) {
  std::int64_t count = 0;
  for (std::size_t i = 0; i < duration_histogram::bucket_count; ++i) count += durations.bucket(i);
  return count;
}

/// Adds to a list of readings with the labels it is given; zeros too.
class appender {
 public:
  appender(std::vector<reading>& to, const std::string& plane) : to_(to), plane_(plane) {}
  void operator()(metric id, std::int64_t value, std::vector<std::string> rest = {}) {
    rest.insert(rest.begin(), plane_);
    to_.push_back({.id = id, .labels = std::move(rest), .value = static_cast<double>(value)});
  }

 private:
  std::vector<reading>& to_;
  const std::string& plane_;
};

void append_route(appender& add, const worker_counters& worker, std::size_t route) {
  const std::string name = route_name(route);
  for (std::size_t o = 0; o < outcome_names.size(); ++o) {
    add(metric::requests, count_of(worker.requests(route, o)), {name, std::string(outcome_names[o])});
  }
  for (std::size_t s = 0; s < status_count; ++s) {
    const auto count = worker.attempts_by_status(route, s);
    const auto status = first_status + s;
    if (count != 0 || status == 200) add(metric::upstream_requests, count, {name, std::to_string(status)});
  }
  for (std::size_t c = 0; c < failure_codes.size(); ++c) {
    add(metric::upstream_requests, worker.attempts_failed(route, c), {name, std::string(failure_codes[c])});
  }
}

/// Of what only a data plane is asked for, nothing is shown before it was.
bool is_shown(const worker_counters& worker, std::size_t route) {
  const bool is_admin_api_too =
      route < records::typed_kind_count || static_cast<http::route>(route) == http::route::other;
  if (is_admin_api_too) return true;
  for (std::size_t o = 0; o < outcome_names.size(); ++o)
    if (count_of(worker.requests(route, o)) != 0) return true;
  return count_of(worker.attempts(route)) != 0;
}

void append_worker(std::vector<reading>& to, const worker_counters& worker) {
  appender add(to, worker.plane());
  for (std::size_t route = 0; route < http::route_count; ++route)
    if (is_shown(worker, route)) append_route(add, worker, route);
  for (std::size_t s = 0; s < connection_state_count; ++s) {
    add(metric::upstream_connections, worker.upstream_connections_in(s), {std::string(state_names[s])});
  }
  add(metric::client_connections, worker.open_client_connections());
  for (std::size_t c = 0; c < cutoff_names.size(); ++c) {
    add(metric::connections_closed, worker.connections_cut(c), {std::string(cutoff_names[c])});
  }
  for (std::size_t k = 0; k < kind_count; ++k) {
    add(metric::record_unknown_fields, worker.unknown_fields(k), {kind_name(k)});
    add(metric::record_unknown_values, worker.unknown_values(k), {kind_name(k)});
  }
}

/// A source that names a histogram or the wrong labels would put a page out that Prometheus refuses as a whole.
void check(const reading& r) {
  const auto& described = describe(r.id);
  if (described.type == metric_type::histogram || r.labels.size() != described.labels().size()) {
    throw std::logic_error("a reading of " + std::string(described.name) + " does not fit the catalogue");
  }
}

/// Sorted by metric and labels, equal ones added up.
void merge(std::vector<reading>& readings) {
  std::ranges::sort(readings, {}, [](const reading& r) { return std::tie(r.id, r.labels); });
  std::vector<reading> merged;
  merged.reserve(readings.size());
  for (auto& r : readings) {
    if (!merged.empty() && merged.back().id == r.id && merged.back().labels == r.labels) {
      merged.back().value += r.value;
    } else {
      merged.push_back(std::move(r));
    }
  }
  readings = std::move(merged);
}

struct summed_histogram {
  std::span<const std::int64_t> bounds_ns;
  std::vector<std::int64_t> counts;
  std::int64_t sum_ns = 0;

  template <const auto& BoundsNs>
  void add(const bucketed_durations<BoundsNs>& durations) {
    bounds_ns = BoundsNs;
    counts.resize(BoundsNs.size() + 1);
    for (std::size_t i = 0; i < counts.size(); ++i) counts[i] += durations.bucket(i);
    sum_ns += durations.sum_ns();
  }
  [[nodiscard]] bool empty() const {
    return std::ranges::all_of(counts, [](std::int64_t n) { return n == 0; });
  }
  [[nodiscard]] prometheus::ClientMetric::Histogram cumulative() const {
    prometheus::ClientMetric::Histogram made;
    for (std::size_t i = 0; i < counts.size(); ++i) {
      made.sample_count += static_cast<std::uint64_t>(counts[i]);
      const double bound =
          i < bounds_ns.size() ? static_cast<double>(bounds_ns[i]) / 1e9 : std::numeric_limits<double>::infinity();
      made.bucket.push_back({made.sample_count, bound});
    }
    made.sample_sum = static_cast<double>(sum_ns) / 1e9;
    return made;
  }
};

/// By metric and label values, in the page's order.
using histograms = std::map<std::pair<metric, std::vector<std::string>>, summed_histogram>;

histograms gather_histograms(const std::vector<const worker_counters*>& workers) {
  histograms all;
  for (const auto* worker : workers) {
    for (std::size_t route = 0; route < http::route_count; ++route) {
      for (std::size_t o = 0; o < outcome_names.size(); ++o) {
        all[{metric::request_duration, {worker->plane(), route_name(route), std::string(outcome_names[o])}}].add(
            worker->requests(route, o));
      }
      all[{metric::stale_age, {worker->plane(), route_name(route)}}].add(worker->stale(route));
      all[{metric::upstream_request_duration, {worker->plane(), route_name(route)}}].add(worker->attempts(route));
    }
  }
  std::erase_if(all, [](const auto& one) { return one.second.empty(); });
  return all;
}

prometheus::ClientMetric labelled(metric id, const std::vector<std::string>& values) {
  prometheus::ClientMetric made;
  const auto names = describe(id).labels();
  for (std::size_t i = 0; i < values.size(); ++i) made.label.push_back({std::string(names[i]), values[i]});
  return made;
}

prometheus::MetricType type_of(metric_type type) {
  switch (type) {
    case metric_type::counter:
      return prometheus::MetricType::Counter;
    case metric_type::gauge:
      return prometheus::MetricType::Gauge;
    case metric_type::histogram:
      return prometheus::MetricType::Histogram;
  }
  return prometheus::MetricType::Untyped;
}

}  // namespace

collector::collector(std::string version) : version_(std::move(version)) {}

worker_counters& collector::add_worker(std::string plane) {
  auto made = std::make_unique<worker_counters>(std::move(plane));
  const std::scoped_lock lock(mutex_);
  workers_.push_back(std::move(made));
  return *workers_.back();
}

void collector::add_source(source readings) {
  const std::scoped_lock lock(mutex_);
  sources_.push_back(std::move(readings));
}

std::vector<const worker_counters*> collector::workers() const {
  const std::scoped_lock lock(mutex_);
  std::vector<const worker_counters*> all;
  all.reserve(workers_.size());
  for (const auto& worker : workers_) all.push_back(worker.get());
  return all;
}

std::vector<reading> collector::readings() const {
  std::vector<reading> all;
  for (const auto* worker : workers()) append_worker(all, *worker);
  std::vector<source> sources;
  {
    const std::scoped_lock lock(mutex_);
    sources = sources_;
  }
  for (const auto& source : sources) source(all);
  append_process_figures(all);
  all.push_back({.id = metric::build_info, .labels = {version_, std::string(compiler)}, .value = 1});
  std::ranges::for_each(all, check);
  merge(all);
  return all;
}

std::vector<prometheus::MetricFamily> collector::Collect() const {
  std::vector<prometheus::MetricFamily> families(metric_count);
  for (std::size_t i = 0; i < metric_count; ++i) {
    const auto& described = catalogue()[i];
    families[i].name = described.name;
    families[i].help = described.help;
    families[i].type = type_of(described.type);
  }
  for (const auto& r : readings()) {
    auto one = labelled(r.id, r.labels);
    (describe(r.id).type == metric_type::counter ? one.counter.value : one.gauge.value) = r.value;
    families[static_cast<std::size_t>(r.id)].metric.push_back(std::move(one));
  }
  for (const auto& [key, summed] : gather_histograms(workers())) {
    auto one = labelled(key.first, key.second);
    one.histogram = summed.cumulative();
    families[static_cast<std::size_t>(key.first)].metric.push_back(std::move(one));
  }
  std::erase_if(families, [](const auto& family) { return family.metric.empty(); });
  return families;
}

std::string collector::text() const {
  std::ostringstream page;
  prometheus::TextSerializer{}.Serialize(page, Collect());
  return std::move(page).str();
}

}  // namespace sidecache::metrics
