// The three kinds of record that are looked up by slug (control plane API reference, "Records by slug").
#pragma once

#include <cstdint>
#include <string_view>

namespace sidecache::records {

enum class kind : std::uint8_t { integration, virtual_key, provider };

/// The value of the record's own `object` field.
[[nodiscard]] constexpr std::string_view object_name(kind k) {
  switch (k) {
    case kind::integration:
      return "integration";
    case kind::virtual_key:
      return "virtual-key";
    case kind::provider:
      return "provider";
  }
  return "";
}

/// The path segment of its collection.
[[nodiscard]] constexpr std::string_view collection_name(kind k) {
  switch (k) {
    case kind::integration:
      return "integrations";
    case kind::virtual_key:
      return "virtual-keys";
    case kind::provider:
      return "providers";
  }
  return "";
}

}  // namespace sidecache::records
