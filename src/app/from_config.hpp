// What was configured, as the rooms that are configured want it.
#pragma once

#include <vector>

#include "admin/views.hpp"
#include "base/secret.hpp"
#include "config/load.hpp"
#include "metrics/access_log.hpp"
#include "metrics/log.hpp"
#include "net/listen_address.hpp"
#include "net/session_limits.hpp"
#include "net/upstream_settings.hpp"
#include "proxy/settings.hpp"

namespace sidecache::app {

[[nodiscard]] proxy::settings proxy_settings(const config::settings& from, std::string_view version);
[[nodiscard]] net::upstream_settings upstream_settings(const config::settings& from);
/// user:password, or empty. Throws std::invalid_argument where the file went after it was checked.
[[nodiscard]] secret proxy_credentials(const config::settings& from);
[[nodiscard]] net::session_limits session_limits(const config::settings& from);
[[nodiscard]] net::listen_address listen_address(const config::listen_address& from);
[[nodiscard]] metrics::log_settings log_settings(const config::settings& from);
[[nodiscard]] metrics::access_settings access_settings(const config::settings& from);
/// For GET /api/settings.
[[nodiscard]] std::vector<admin::setting_row> setting_rows(const config::loaded_settings& from);

}  // namespace sidecache::app
