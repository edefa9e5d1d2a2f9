// What the admin listener serves: the status page at / and the same figures as JSON under /api.
//
// It only reads: changing anything is a row of the table of routes with its own check, and there is none yet. Every
// request passes the browser guard first. Everything is answered on the spot, from atomics and bounded lists, so the
// listener's thread is never held for long. All that it is given outlives it.
#pragma once

#include <atomic>
#include <boost/json/object.hpp>
#include <functional>
#include <string>
#include <vector>

#include "admin/browser_guard.hpp"
#include "admin/views.hpp"
#include "base/clock.hpp"
#include "metrics/collector.hpp"
#include "proxy/exchange.hpp"

namespace sidecache::admin {

struct admin_parts {
  const metrics::collector& figures;
  const cache_view& cache;
  const std::atomic<bool>& ready;  ///< false from where shutdown begins
  const clock& time;
  std::string version;
  std::function<std::vector<setting_row>()> settings;  ///< as they are in force when it is called
  std::vector<std::string> further_hosts;              ///< see browser_guard
};

class admin_handler final : public proxy::handler {
 public:
  explicit admin_handler(admin_parts parts);

  std::optional<proxy::answer> answer_now(const http::request_head& request) override;
  boost::asio::awaitable<void> handle(proxy::exchange& client) override;

 private:
  struct route {
    http::method method;  ///< get: HEAD too
    std::string_view path;
    proxy::answer (admin_handler::*answer)(const http::request_head& request) const;
  };
  static const std::vector<route>& routes();

  [[nodiscard]] proxy::answer dispatch(const http::request_head& request) const;
  [[nodiscard]] proxy::answer page(const http::request_head& request) const;
  [[nodiscard]] proxy::answer stats(const http::request_head& request) const;
  [[nodiscard]] proxy::answer settings(const http::request_head& request) const;
  [[nodiscard]] proxy::answer entries(const http::request_head& request) const;
  [[nodiscard]] boost::json::object current_stats() const;

  admin_parts parts_;
  browser_guard guard_;
  mono_time started_;
  std::string page_fields_;
};

}  // namespace sidecache::admin
