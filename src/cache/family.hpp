// Kinds of record that are dropped together: a write to one of a family may change any of it.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "records/kind.hpp"

namespace sidecache::cache {

enum class family : std::uint8_t { integration, key, config, prompt, prompt_partial, guardrail, api_key };
constexpr std::array all_families{family::integration,    family::key,       family::config, family::prompt,
                                  family::prompt_partial, family::guardrail, family::api_key};
[[nodiscard]] family family_of(records::kind k);
/// As their paths have it: "virtual-keys".
[[nodiscard]] std::string_view to_string(family f);

}  // namespace sidecache::cache
