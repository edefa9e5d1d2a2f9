// The kinds of record that are looked up by slug (control plane API reference, "Records by slug"; the data plane's
// own).
//
// The first three have schemas, and typed readers (sidecache/parse.hpp). Of the others, which gateways alone ask for,
// it is known how they are addressed, what names them and when they end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sidecache::records {

enum class kind : std::uint8_t {
  integration,
  virtual_key,
  provider,
  config,
  prompt,
  prompt_partial,
  guardrail,
  api_key,           ///< the caller's own, /api-keys/self/details: who is asking stands in the headers only
  integration_list,  ///< the data plane's: all that an organisation has
};
constexpr std::size_t kind_count = 9;
/// The first of them have a schema.
constexpr std::size_t typed_kind_count = 3;
[[nodiscard]] constexpr bool is_typed(kind k) { return static_cast<std::size_t>(k) < typed_kind_count; }

/// The value of the record's own `object` field; "" where none is documented.
[[nodiscard]] constexpr std::string_view object_name(kind k) {
  switch (k) {
    case kind::integration:
      return "integration";
    case kind::virtual_key:
      return "virtual-key";
    case kind::provider:
      return "provider";
    default:
      return "";
  }
}

/// The path of its collection.
[[nodiscard]] constexpr std::string_view collection_name(kind k) {
  switch (k) {
    case kind::integration:
    case kind::integration_list:
      return "integrations";
    case kind::virtual_key:
      return "virtual-keys";
    case kind::provider:
      return "providers";
    case kind::config:
      return "configs";
    case kind::prompt:
      return "prompts";
    case kind::prompt_partial:
      return "prompts/partials";
    case kind::guardrail:
      return "guardrails";
    case kind::api_key:
      return "api-keys";
  }
  return "";
}

}  // namespace sidecache::records
