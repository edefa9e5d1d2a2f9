// What a worker counts for one plane or for one group of listeners, with the access log in front of it, which may be
// put on and off while it works.
#pragma once

#include <memory>

#include "app/from_config.hpp"
#include "metrics/access_log.hpp"
#include "metrics/worker_counters.hpp"

namespace sidecache::app {

class worker_observer {
 public:
  /// The counters and the log outlive it, and whoever else holds lines().
  worker_observer(metrics::worker_counters& counters, metrics::log& log, const config::settings& values,
                  metrics::access_source source)
      : access_log_(std::make_shared<metrics::access_log>(counters, log, access_settings(values), std::move(source))) {}

  [[nodiscard]] proxy::observer& get() const { return *access_log_; }
  /// To be changed on the worker's thread, which may come to it when this object is gone already.
  [[nodiscard]] const std::shared_ptr<metrics::access_log>& lines() const { return access_log_; }

 private:
  std::shared_ptr<metrics::access_log> access_log_;
};

}  // namespace sidecache::app
