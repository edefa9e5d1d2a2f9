// What the admin listener serves: the status page at / and the same figures as JSON under /api.
//
// Every request passes the browser guard first, but for those of other sidecaches (peer_desk.hpp). What changes
// something is a POST row of the table of routes: it takes the token of admin.token_file as `Authorization: Bearer`,
// and a JSON body that is bounded. Whoever does it leaves an audit line, and so does each that is refused, for
// whichever reason. Reading is answered on the spot, from atomics and bounded lists. All that it is given outlives it.
#pragma once

#include <atomic>
#include <boost/json/object.hpp>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "admin/browser_guard.hpp"
#include "admin/peer_desk.hpp"
#include "admin/purge_audit.hpp"
#include "admin/purge_request.hpp"
#include "admin/refused_changes.hpp"
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
  credential_fingerprint fingerprint = [](const http::credential_view&) { return "unknown"; };
};

class admin_handler final : public proxy::handler {
 public:
  explicit admin_handler(admin_parts parts);

  std::optional<proxy::answer> answer_now(const http::request_head& request, const proxy::known_block* by) override;
  boost::asio::awaitable<void> handle(proxy::exchange& client) override;

  /// Refused changes that no audit line tells of. From any thread.
  [[nodiscard]] std::uint64_t refusals_left_out() const { return refusals_.left_out(); }

 private:
  struct question {
    const http::request_head& head;
    std::string_view body;
    std::string_view from;  ///< an address, or what stands for one
  };
  struct reply {
    reply(proxy::answer made) : answer(std::move(made)) {}  // NOLINT(google-explicit-constructor): most are no refusals
    reply(proxy::answer made, std::string_view code) : answer(std::move(made)), refused_as(code) {}
    proxy::answer answer;
    std::string_view refused_as;  ///< an error's code; "": it was not
  };
  struct route {
    http::method method;  ///< get: HEAD too
    std::string_view path;
    reply (admin_handler::*answer)(const question& asked) const;
  };
  static const std::vector<route>& routes();

  static reply refused(unsigned status, std::string_view code, std::string_view message, http::method method);
  [[nodiscard]] reply dispatch(const question& asked) const;
  /// Nothing if the request may change something.
  [[nodiscard]] std::optional<reply> why_not_change(const http::request_head& request) const;
  [[nodiscard]] reply change(const route& row, const question& asked) const;
  /// The audit of a POST row that is answered so, where that is a refusal; what is done is told by whoever does it.
  void audit(const question& asked, const reply& with);
  [[nodiscard]] reply page(const question& asked) const;
  [[nodiscard]] reply stats(const question& asked) const;
  [[nodiscard]] reply settings(const question& asked) const;
  [[nodiscard]] reply entries(const question& asked) const;
  [[nodiscard]] reply purge(const question& asked) const;
  [[nodiscard]] reply stale_served(const question& asked) const;
  [[nodiscard]] reply coverage(const question& asked) const;
  [[nodiscard]] reply shadow(const question& asked) const;
  [[nodiscard]] reply drill(const question& asked) const;
  [[nodiscard]] reply begin_drill(const question& asked) const;
  [[nodiscard]] boost::json::object current_stats() const;

  admin_parts parts_;
  browser_guard guard_;
  refused_changes refusals_;
  mono_time started_;
  std::string page_fields_;
};

}  // namespace sidecache::admin
