// The kinds of record that the mock holds, under the names that each part of the API has for them.
//
// Of its own, and not the proxy's (records::kind): what the control plane has is no matter of what sidecache keeps.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace sidecache::mock {

enum class family : std::uint8_t {
  integration,
  virtual_key,
  provider,
  config,
  prompt,
  prompt_partial,
  guardrail,
  api_key,
};

struct family_names {
  family kind;
  std::string_view object;      ///< of the record's own `object` field, and for `/__mock/edit`
  std::string_view collection;  ///< the path of its collection
  std::string_view noun;        ///< for people
  std::string_view sync_list;   ///< where sync names what changed; a provider is a virtual key to gateways
};
inline constexpr std::array families{
    family_names{family::integration, "integration", "integrations", "Integration", "integrationsV2"},
    family_names{family::virtual_key, "virtual-key", "virtual-keys", "Virtual key", "virtualKeysV2"},
    family_names{family::provider, "provider", "providers", "Provider", "virtualKeysV2"},
    family_names{family::config, "config", "configs", "Config", "configsV2"},
    family_names{family::prompt, "prompt", "prompts", "Prompt", "promptsV2"},
    family_names{family::prompt_partial, "prompt-partial", "prompts/partials", "Prompt partial", "promptPartialsV2"},
    family_names{family::guardrail, "guardrail", "guardrails", "Guardrail", "guardrailsV2"},
    family_names{family::api_key, "api-key", "api-keys", "API key", "apiKeyIds"},
};

/// Those that the admin API has here.
inline constexpr std::span<const family_names> admin_families{families.data(), 3};

[[nodiscard]] constexpr const family_names& names_of(family kind) {
  return families.at(static_cast<std::size_t>(kind));
}
[[nodiscard]] constexpr std::string_view object_name(family kind) { return names_of(kind).object; }
[[nodiscard]] constexpr std::string_view collection_name(family kind) { return names_of(kind).collection; }

}  // namespace sidecache::mock
