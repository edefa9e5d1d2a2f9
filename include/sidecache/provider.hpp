// A provider: an integration as one workspace uses it. `GET /providers/{slug}`, the successor of virtual keys.
//
// A plain value; see record_parts.hpp for ownership and for how absent and unknown things show.
// Source: the control plane's API reference, schema Provider, and live responses.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sidecache/record_parts.hpp"

namespace sidecache::records {

struct provider {
  std::optional<std::string> id;  ///< UUID
  std::string name;
  std::string slug;
  std::optional<std::string> integration_id;  ///< the integration's slug or UUID
  std::optional<std::string> workspace_id;
  std::optional<std::string> note;
  choice<record_status> status;
  std::optional<records::usage_limits> usage_limits;
  std::optional<double> reset_usage;
  std::optional<timestamp> created_at;
  std::vector<rate_limit> rate_limits;
  std::optional<timestamp> expires_at;
  std::string model_config;  ///< the object's JSON text as it came, or empty; not always masked
  records::drift drift;
};

}  // namespace sidecache::records
