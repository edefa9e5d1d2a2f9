// What shadow has shown, as JSON: what GET /api/shadow answers. Pure.
//
// Nothing secret is in it (promise 8): records by slug or UUID, as the other pages have them, and members by name.
#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <vector>

#include "admin/views.hpp"

namespace sidecache::admin {

/// {"planes": {"admin": {"mode": "shadow", "since": "2026-01-01T00:00:00Z", "routes": {"integrations": {"asked": 9,
///  "results": {"missed": 1, ...}, "spared_requests": 8, "spared_bytes": 4000, "waited_seconds": 0.3,
///  "waited_median_seconds": 0.04, "waited_p99_seconds": 0.06}}, "differences": [{"at": "...", "route": "integrations",
///  "ident": "openai", "outcome": "hit", "would_be_status": 200, "status": 200, "age_seconds": 12.5,
///  "fields": ["status"]}]}}}; `since` is null where it was never in shadow.
[[nodiscard]] boost::json::object json_of(const std::vector<plane_shadow>& planes);

/// For the status page: "shadow" of a lone plane, "gateways: bypass" of several; "" where memory answers everywhere.
[[nodiscard]] std::string mode_text(const std::vector<plane_shadow>& planes);

}  // namespace sidecache::admin
