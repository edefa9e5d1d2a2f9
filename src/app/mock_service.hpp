// The mock control plane with threads and a listener of its own.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "app/service.hpp"
#include "metrics/worker_counters.hpp"
#include "mock/handler.hpp"
#include "mock/instance.hpp"
#include "mock/loop_probe.hpp"
#include "mock/options.hpp"
#include "net/server.hpp"
#include "net/server_tls.hpp"

namespace sidecache::app {

/// What carries the mock, rather than what it says.
struct mock_bearing {
  std::size_t threads = 1;
  std::size_t connections = 10'000;
  std::string tls_certificate_file;  ///< "": HTTP in clear
  std::string tls_key_file;
};

class mock_service {
 public:
  /// Throws std::invalid_argument if `options.listen` is no address, or a certificate can't be used.
  explicit mock_service(const mock::options& options, const mock_bearing& by = {});
  mock_service(const mock_service&) = delete;
  mock_service& operator=(const mock_service&) = delete;
  ~mock_service() { pool_.stop(); }  // before its probes go, which look from its threads

  /// Throws net::bind_error.
  void open();
  [[nodiscard]] announced listening() const;
  void drain(duration grace, std::function<void()> done) { server_.drain(grace, std::move(done)); }
  [[nodiscard]] std::string verdict() { return instance_.verdict(); }

 private:
  struct on_worker {
    on_worker(mock::instance& served, net::worker& at) : handler(served), probe(at.context.get_executor(), served) {}
    mock::handler handler;
    metrics::worker_counters counters{"mock"};
    mock::loop_probe probe;
  };

  system_clock clock_;
  mock::instance instance_;
  std::unique_ptr<net::server_tls> tls_;  // none: HTTP in clear
  net::worker_pool pool_;
  std::vector<std::unique_ptr<on_worker>> workers_;
  net::server server_;
};

}  // namespace sidecache::app
