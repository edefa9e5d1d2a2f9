// What the admin listener serves: the status page at / and the same figures as JSON under /api.
//
// Every request passes the browser guard first, but for those of other sidecaches (peer_desk.hpp). What changes
// something is a POST row of the table of routes: it takes the token of admin.token_file as `Authorization: Bearer`,
// and a JSON body that is bounded. Reading is answered on the spot, from atomics and bounded lists. All that it is
// given outlives it.
#pragma once

#include <atomic>
#include <boost/json/object.hpp>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "admin/browser_guard.hpp"
#include "admin/peer_desk.hpp"
#include "admin/purge_request.hpp"
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
  std::function<std::vector<setting_row>()> settings;      ///< as they are in force when it is called
  std::vector<std::string> further_hosts;                  ///< see browser_guard
  secret token;                                            ///< empty: nothing can be changed
  std::function<std::size_t(const purge_request&)> purge;  ///< how many entries it dropped or marked
  drill_desk& drill;
  const stale_view& stale;
  std::optional<peer_desk> peers = {};  ///< nothing: no other sidecache is told anything
  /// Of the last one; nothing before it.
  std::function<std::optional<reload_report>()> reload = [] { return std::nullopt; };
  /// Of each plane.
  std::function<std::vector<plane_shadow>()> shadow = [] { return std::vector<plane_shadow>{}; };
};

class admin_handler final : public proxy::handler {
 public:
  explicit admin_handler(admin_parts parts);

  std::optional<proxy::answer> answer_now(const http::request_head& request) override;
  boost::asio::awaitable<void> handle(proxy::exchange& client) override;

 private:
  struct question {
    const http::request_head& head;
    std::string_view body;
  };
  struct route {
    http::method method;  ///< get: HEAD too
    std::string_view path;
    proxy::answer (admin_handler::*answer)(const question& asked) const;
  };
  static const std::vector<route>& routes();

  [[nodiscard]] proxy::answer dispatch(const question& asked) const;
  /// Nothing if the request may change something.
  [[nodiscard]] std::optional<proxy::answer> why_not_change(const http::request_head& request) const;
  /// A POST row, with its audit where it is refused; what is done is told by whoever does it.
  [[nodiscard]] proxy::answer change(const route& row, const question& asked) const;
  [[nodiscard]] proxy::answer page(const question& asked) const;
  [[nodiscard]] proxy::answer stats(const question& asked) const;
  [[nodiscard]] proxy::answer settings(const question& asked) const;
  [[nodiscard]] proxy::answer entries(const question& asked) const;
  [[nodiscard]] proxy::answer purge(const question& asked) const;
  [[nodiscard]] proxy::answer stale_served(const question& asked) const;
  [[nodiscard]] proxy::answer coverage(const question& asked) const;
  [[nodiscard]] proxy::answer shadow(const question& asked) const;
  [[nodiscard]] proxy::answer drill(const question& asked) const;
  [[nodiscard]] proxy::answer begin_drill(const question& asked) const;
  [[nodiscard]] boost::json::object current_stats() const;

  admin_parts parts_;
  browser_guard guard_;
  mono_time started_;
  std::string page_fields_;
};

}  // namespace sidecache::admin
