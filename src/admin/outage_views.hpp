// Coverage and drills, as JSON: what GET /api/coverage and GET /api/drill answer, and what POST /api/drill takes. Pure.
#pragma once

#include <boost/json/object.hpp>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "admin/views.hpp"

namespace sidecache::admin {

/// {"asked": 1000, "covered": 990, "ratio": 0.99, "first_lost_seconds": 3600, "last_lost_seconds": 259200,
///  "covered_after": [{"seconds": 60, "covered": 990}, ...]}; ratio and the times are null where there is nothing.
[[nodiscard]] boost::json::object json_of(const proxy::coverage& found);

/// The same of all planes together. Of several, with "planes": {"admin": {"asked": 1000, ...}, ...} beside it.
[[nodiscard]] boost::json::object json_of(const std::vector<plane_coverage>& planes);

/// {"total": 1, "limit": 100, "records": [{"family": "virtual-keys", "ident": "openai", "workspace_id": "W",
///  "organisation_id": "O", "first": "2026-01-01T00:00:00Z", "last": "2026-01-01T00:10:00Z", "times": 3}]}
[[nodiscard]] boost::json::object json_of(const std::vector<stale_row>& rows, std::size_t total, std::size_t limit);

/// {"active": true, "left_seconds": 299, "length_seconds": 300, "stood_in": 12, "failed": 3,
///  "failed_records": [{"route": "integrations", "ident": "openai", "times": 3}], "failed_elsewhere": 0}
[[nodiscard]] boost::json::object json_of(const proxy::drill_report& report);

/// How long, from {"for": "5m"}; "0s" ends the drill that is on. The error says what was expected.
[[nodiscard]] std::expected<duration, std::string> parse_drill_request(std::string_view body);

}  // namespace sidecache::admin
