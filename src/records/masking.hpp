// Which fields of a record the control plane shows masked, and under which name: `masked_` before the field's own.
// For whoever plays the control plane; reading needs no table, as any field may come either way (configurations.hpp).
// IDs, URLs and regions stay as they are. Source: the control plane's API reference and live responses.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace sidecache::records {

enum class masking : std::uint8_t {
  always,
  sometimes,  ///< seen in clear, too
};

struct sensitive_field {
  std::string_view name;
  masking how = masking::always;
};

/// Of `configurations`.
inline constexpr auto sensitive_fields = std::to_array<sensitive_field>({
    {"azure_entra_client_secret", masking::always},
    {"aws_secret_access_key", masking::always},
    {"vertex_service_account_json", masking::always},
    {"aws_role_arn", masking::sometimes},
    {"custom_headers", masking::sometimes},
});

/// Of the record itself, where the admin API puts the provider's key; the data plane calls it `key` and shows it.
constexpr std::string_view masked_key_of_integration = "masked_key";
constexpr std::string_view masked_key_of_virtual_key = "masked_api_key";

[[nodiscard]] inline std::string masked_name(std::string_view name) { return "masked_" + std::string(name); }

}  // namespace sidecache::records
