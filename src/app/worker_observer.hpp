// What a worker counts for one plane or for one group of listeners, with the access log in front of it where that is
// on: where it is off, nobody pays for it.
#pragma once

#include <memory>

#include "app/from_config.hpp"
#include "metrics/access_log.hpp"
#include "metrics/worker_counters.hpp"

namespace sidecache::app {

class worker_observer {
 public:
  /// The counters and the log outlive it.
  worker_observer(metrics::worker_counters& counters, metrics::log& log, const config::settings& values,
                  metrics::access_source source)
      : counters_(counters) {
    if (values.log.access != config::access_log::off)
      access_log_ = std::make_unique<metrics::access_log>(counters, log, access_settings(values), std::move(source));
  }
  [[nodiscard]] proxy::observer& get() const {
    return access_log_ ? static_cast<proxy::observer&>(*access_log_) : counters_;
  }

 private:
  metrics::worker_counters& counters_;
  std::unique_ptr<metrics::access_log> access_log_;
};

}  // namespace sidecache::app
