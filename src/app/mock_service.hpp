// The mock control plane with a thread and a listener of its own.
#pragma once

#include <memory>

#include "app/service.hpp"
#include "metrics/worker_counters.hpp"
#include "mock/handler.hpp"
#include "mock/instance.hpp"
#include "mock/options.hpp"
#include "net/server.hpp"

namespace sidecache::app {

class mock_service {
 public:
  /// Throws std::invalid_argument if `options.listen` is no address.
  explicit mock_service(const mock::options& options);

  /// Throws net::bind_error.
  void open();
  [[nodiscard]] announced listening() const;
  void drain(duration grace, std::function<void()> done) { server_.drain(grace, std::move(done)); }

 private:
  system_clock clock_;
  mock::instance instance_;
  mock::handler handler_{instance_};
  metrics::worker_counters counters_{"mock"};
  net::worker_pool pool_{1, "mock"};
  net::server server_;
};

}  // namespace sidecache::app
