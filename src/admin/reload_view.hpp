// The last reload of the settings as people and programs see it: GET /api/settings and the status page. Pure.
#pragma once

#include <boost/json/value.hpp>
#include <optional>
#include <string>

#include "admin/views.hpp"

namespace sidecache::admin {

/// null before the first one; else {"result": "restart_required", "cause": "SIGHUP", "at": "2026-01-01T00:00:00Z",
///  "taken": false, "changes": [{"key": "threads", "running": "1", "wanted": "2", "live": false}], "errors": []}
[[nodiscard]] boost::json::value json_of(const std::optional<reload_report>& last);

/// A sentence for people, "" before the first one.
[[nodiscard]] std::string text_of(const std::optional<reload_report>& last);

}  // namespace sidecache::admin
