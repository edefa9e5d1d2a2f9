// One number of the page, by its metric and label values: how rooms that know nothing of metrics have their figures
// shown. The composition root wraps the cache's, the listener's and the log's own plain numbers in a source each.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "metrics/catalogue.hpp"

namespace sidecache::metrics {

struct reading {
  metric id = metric::requests;     ///< a counter or a gauge
  std::vector<std::string> labels;  ///< values, in the catalogue's order
  double value = 0;
};

/// Appends its readings. Called on the thread that serves the page, while workers go on: what it reads must allow that.
/// Of several readings with one metric and the same labels, from one source or many, the page shows the sum.
using source = std::function<void(std::vector<reading>&)>;

}  // namespace sidecache::metrics
