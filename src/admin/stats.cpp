#include "admin/stats.hpp"

#include <algorithm>
#include <boost/json/value.hpp>
#include <map>
#include <string>

#include "base/outcome.hpp"
#include "http/route.hpp"

namespace sidecache::admin {
namespace {

using metrics::metric;
using metrics::reading;

std::size_t position_of(metric id, std::string_view label) {
  const auto labels = metrics::describe(id).labels();
  return static_cast<std::size_t>(std::ranges::find(labels, label) - labels.begin());
}

/// Numbers here are counts; as integers they are easier to read.
boost::json::value number(double value) { return static_cast<std::int64_t>(value); }

class figures {
 public:
  explicit figures(const std::vector<reading>& all) : all_(all) {}

  template <class Wanted>
  [[nodiscard]] double sum(metric id, Wanted wanted) const {
    double total = 0;
    for (const auto& r : all_) {
      if (r.id == id && wanted(r)) total += r.value;
    }
    return total;
  }
  [[nodiscard]] double sum(metric id) const {
    return sum(id, [](const reading&) { return true; });
  }
  /// By the values of one label, over all others.
  [[nodiscard]] std::map<std::string, double> by(metric id, std::string_view label) const {
    std::map<std::string, double> totals;
    const auto position = position_of(id, label);
    for (const auto& r : all_) {
      if (r.id == id) totals[r.labels[position]] += r.value;
    }
    return totals;
  }

 private:
  const std::vector<reading>& all_;
};

boost::json::object to_json(const std::map<std::string, double>& totals, bool zeros) {
  boost::json::object made;
  for (const auto& [name, value] : totals) {
    if (zeros || value != 0) made[name] = number(value);
  }
  return made;
}

/// In the order and with all the values of the closed set.
template <class Names>
boost::json::object to_json(const std::map<std::string, double>& totals, const Names& names) {
  boost::json::object made;
  for (const std::string_view name : names) {
    const auto found = totals.find(std::string(name));
    made[name] = number(found == totals.end() ? 0 : found->second);
  }
  return made;
}

boost::json::object lookups(const figures& all) {
  const auto route = position_of(metric::requests, "route");
  const auto outcome = position_of(metric::requests, "outcome");
  const auto count = [&](std::initializer_list<sidecache::outcome> outcomes) {
    return all.sum(metric::requests, [&](const reading& r) {
      return r.labels[route] != http::to_string(http::route::other) &&
             std::ranges::any_of(outcomes, [&](auto o) { return r.labels[outcome] == to_string(o); });
    });
  };
  using enum sidecache::outcome;
  const double from_memory = count({hit, stale_while_revalidate, stale_error, negative_hit});
  const double total = from_memory + count({revalidated, miss, collapsed, bypass, error});
  boost::json::object made;
  made["total"] = number(total);
  made["from_memory"] = number(from_memory);
  made["hit_ratio"] = total > 0 ? boost::json::value(from_memory / total) : boost::json::value(nullptr);
  return made;
}

boost::json::object upstream(const figures& all) {
  const auto by_code = all.by(metric::upstream_requests, "code");
  std::map<std::string, double> by_class;
  for (const auto& [code, count] : by_code) {
    const bool status = code.size() == 3 && code[0] >= '1' && code[0] <= '5' && code[1] >= '0' && code[1] <= '9';
    by_class[status ? std::string(1, code[0]) + "xx" : code] += count;
  }
  constexpr std::array<std::string_view, 10> classes{"1xx",     "2xx",     "3xx",   "4xx", "5xx",
                                                     "timeout", "connect", "reset", "tls", "protocol"};
  constexpr std::array<std::string_view, 3> states{"connecting", "active", "idle"};
  boost::json::object made;
  made["attempts"] = number(all.sum(metric::upstream_requests));
  made["by_class"] = to_json(by_class, classes);
  made["by_code"] = to_json(by_code, false);
  made["connections"] = to_json(all.by(metric::upstream_connections, "state"), states);
  return made;
}

/// What each plane has for itself.
boost::json::object of_planes(const figures& all) {
  std::array<std::string_view, http::route_count> routes;
  for (std::size_t i = 0; i < routes.size(); ++i) routes[i] = http::to_string(static_cast<http::route>(i));
  boost::json::object made;
  made["lookups"] = lookups(all);
  made["requests"] = {{"total", number(all.sum(metric::requests))},
                      {"by_outcome", to_json(all.by(metric::requests, "outcome"), outcome_names)},
                      {"by_route", to_json(all.by(metric::requests, "route"), routes)}};
  made["cache"] = {{"entries", number(all.sum(metric::cache_entries))},
                   {"entries_by_route", to_json(all.by(metric::cache_entries, "route"), routes)},
                   {"bytes", number(all.sum(metric::cache_bytes))},
                   {"evictions", to_json(all.by(metric::cache_evictions, "reason"), true)},
                   {"invalidations", to_json(all.by(metric::invalidations, "source"), true)}};
  made["upstream"] = upstream(all);
  return made;
}

}  // namespace

boost::json::object stats_of(const std::vector<reading>& readings) {
  const figures all(readings);
  boost::json::object made = of_planes(all);
  made["clients"] = {{"connections", number(all.sum(metric::client_connections))},
                     {"refused", to_json(all.by(metric::connections_refused, "reason"), true)}};
  made["records"] = {{"unknown_fields", number(all.sum(metric::record_unknown_fields))},
                     {"unknown_values", number(all.sum(metric::record_unknown_values))}};
  made["log"] = {{"dropped", number(all.sum(metric::log_dropped))}};
  made["process"] = {{"resident_bytes", number(all.sum(metric::process_resident_memory))},
                     {"cpu_seconds", all.sum(metric::process_cpu)},
                     {"open_fds", number(all.sum(metric::process_open_fds))},
                     {"threads", number(all.sum(metric::process_threads))}};
  return made;
}

boost::json::object plane_stats_of(const std::vector<reading>& readings, const std::string& plane) {
  std::vector<reading> own;
  for (const auto& each : readings) {
    const auto position = position_of(each.id, "plane");
    if (position < each.labels.size() && each.labels[position] == plane) own.push_back(each);
  }
  const figures all(own);
  return of_planes(all);
}

}  // namespace sidecache::admin
