// A virtual key: a provider's key with a budget and limits. `GET /virtual-keys/{slug}`, deprecated and still in use.
//
// A plain value; see record_parts.hpp for ownership and for how absent and unknown things show. `key` is the provider's
// real key on the data plane ("" on the admin API): whoever holds the value must see that it is wiped.
// Source: the control plane's API reference, schema VirtualKey, and live responses.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sidecache/record_parts.hpp"

namespace sidecache::records {

struct virtual_key {
  std::optional<std::string> id;  ///< UUID
  std::string name;
  std::optional<std::string> note;
  choice<record_status> status;
  std::optional<records::usage_limits> usage_limits;
  std::optional<double> reset_usage;
  std::optional<timestamp> created_at;
  std::optional<timestamp> last_reset_at;
  std::string slug;
  std::optional<std::string> ai_provider_name;
  std::optional<std::string> integration_id;  ///< the integration's slug or UUID
  std::optional<std::string> workspace_id;
  std::string model_config;  ///< the object's JSON text as it came, or empty; not always masked
  std::vector<rate_limit> rate_limits;
  std::optional<timestamp> expires_at;
  std::vector<secret_mapping> secret_mappings;
  std::optional<std::string> key;
  std::optional<std::string> masked_api_key;
  std::string tags;  ///< its JSON text, or empty: no schema says what it is
  records::drift drift;
};

}  // namespace sidecache::records
