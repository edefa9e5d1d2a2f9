// Gathers everything at scrape: the workers' counters, the sources' readings and the process's figures, as one page of
// Prometheus' text format (by prometheus-cpp's serializer).
//
// Owns the workers' counters, which therefore must not be used after it; sources must stay callable as long as it may
// be asked. Workers and sources are added at start-up or later, from any thread; asking is for any thread too.
//
// What stands on the page from the start: every outcome of every route at 0, and of upstream codes 200 and the
// failures, so that a rate over the first event is seen. A histogram costs 21 lines and comes with its first duration.
#pragma once

#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "metrics/reading.hpp"
#include "metrics/worker_counters.hpp"

namespace sidecache::metrics {

class collector final : public prometheus::Collectable {
 public:
  explicit collector(std::string version);

  /// The counters for one worker thread and plane, an observer to hand to that worker.
  worker_counters& add_worker(std::string plane);
  void add_source(source readings);

  /// All counters and gauges, summed over workers, no histograms: what the status page shows. Throws std::logic_error
  /// if a source's labels don't fit the catalogue.
  [[nodiscard]] std::vector<reading> readings() const;
  /// Everything, in the catalogue's order.
  [[nodiscard]] std::vector<prometheus::MetricFamily> Collect() const override;
  /// The page.
  [[nodiscard]] std::string text() const;

 private:
  [[nodiscard]] std::vector<const worker_counters*> workers() const;

  std::string version_;
  mutable std::mutex mutex_;  // for the two lists; the counters need none
  std::vector<std::unique_ptr<worker_counters>> workers_;
  std::vector<source> sources_;
};

}  // namespace sidecache::metrics
