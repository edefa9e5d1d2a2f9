// An integration: the credentials and settings of one AI provider, shared with workspaces. `GET /integrations/{slug}`.
//
// A plain value; see record_parts.hpp for ownership and for how absent and unknown things show. `key` is the provider's
// real key on the data plane: whoever holds the value must see that it is wiped.
// Source: the control plane's API reference, schema Integration, and live responses.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sidecache/configurations.hpp"
#include "sidecache/pricing.hpp"
#include "sidecache/record_parts.hpp"

namespace sidecache::records {

/// What every workspace gets.
struct access_settings {
  std::optional<bool> enabled;
  std::optional<records::usage_limits> usage_limits;
  std::vector<rate_limit> rate_limits;  ///< at most one by the schema
};

struct integration {
  std::string id;               ///< UUID
  std::string organisation_id;  ///< UUID
  std::string ai_provider_id;
  std::string name;
  choice<record_status> status;
  std::optional<timestamp> created_at;
  std::optional<timestamp> last_updated_at;
  std::string slug;
  std::optional<std::string> description;
  std::optional<std::string> key;
  std::optional<std::string> masked_key;
  records::configurations configurations;
  std::optional<access_settings> global_workspace_access_settings;
  std::optional<bool> allow_all_models;
  std::optional<std::int64_t> workspace_count;
  std::vector<secret_mapping> secret_mappings;
  std::optional<records::pricing_adjustments> pricing_adjustments;
  std::optional<std::string> type;
  std::optional<std::string> workspace_id;
  records::drift drift;
};

}  // namespace sidecache::records
