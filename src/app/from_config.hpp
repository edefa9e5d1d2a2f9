// What was configured, as the rooms that are configured want it.
#pragma once

#include <memory>
#include <vector>

#include "admin/views.hpp"
#include "base/secret.hpp"
#include "config/load.hpp"
#include "metrics/access_log.hpp"
#include "metrics/log.hpp"
#include "net/listen_place.hpp"
#include "net/server_tls.hpp"
#include "net/session_limits.hpp"
#include "net/upstream_settings.hpp"
#include "proxy/settings.hpp"
#include "resilience/admission.hpp"
#include "resilience/resilient_origin.hpp"

namespace sidecache::app {

// Of one of its planes:
[[nodiscard]] proxy::settings proxy_settings(const config::settings& from, const config::plane_settings& plane,
                                             std::string_view version);
/// One of the plane's control planes.
struct upstream_place {
  net::upstream_settings settings;
  std::uint32_t weight = 0;  ///< 0: their order counts
};
[[nodiscard]] std::vector<upstream_place> upstream_settings(const config::settings& from,
                                                            const config::plane_settings& plane);
[[nodiscard]] resilience::breaker_settings breaker_settings(const config::plane_settings& plane);
[[nodiscard]] resilience::resilience_settings resilience_settings(const config::plane_settings& plane);
[[nodiscard]] resilience::admission_settings admission_settings(const config::plane_settings& plane);
/// user:password, or empty. Throws std::invalid_argument where the file went after it was checked.
[[nodiscard]] secret proxy_credentials(const config::plane_settings& plane);
// Of the process:
[[nodiscard]] net::session_limits session_limits(const config::settings& from);
/// None where no certificate is set. Throws std::invalid_argument if the files can't be used.
[[nodiscard]] std::unique_ptr<net::server_tls> client_tls(const config::settings& from);
/// Throws std::invalid_argument if there is no such user.
[[nodiscard]] net::socket_access socket_access(const config::settings& from);
[[nodiscard]] metrics::log_settings log_settings(const config::settings& from);
[[nodiscard]] metrics::access_settings access_settings(const config::settings& from);
/// For GET /api/settings.
[[nodiscard]] std::vector<admin::setting_row> setting_rows(const config::loaded_settings& from);

}  // namespace sidecache::app
