// The figures of the status page and of /api/stats, from the metrics' own counters: the page, the API and Prometheus
// can't disagree.
#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <vector>

#include "metrics/reading.hpp"

namespace sidecache::admin {

/// Summed over planes. Keys whose values are closed sets (outcomes, routes, connection states, classes of status) are
/// always there; `by_code`, `evictions`, `invalidations` and `refused` name what occurred.
///
/// lookups.hit_ratio is the share of lookups that needed nothing of the control plane: hits, stale ones and remembered
/// errors, out of those and misses, collapsed, revalidated, bypassed and failed ones. null before the first lookup.
[[nodiscard]] boost::json::object stats_of(const std::vector<metrics::reading>& readings);

/// {"lookups": ..., "requests": ..., "cache": ..., "upstream": ...} of one plane, as they stand in the whole.
[[nodiscard]] boost::json::object plane_stats_of(const std::vector<metrics::reading>& readings,
                                                 const std::string& plane);

}  // namespace sidecache::admin
