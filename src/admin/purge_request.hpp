// The body of POST /api/purge, as what it asks for. Pure.
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "base/secret.hpp"
#include "records/kind.hpp"

namespace sidecache::admin {

/// All that is named must hold of an entry to be purged.
struct purge_request {
  bool all = false;
  std::string plane = {};  ///< the name of the only one that is meant; "": every plane
  std::optional<records::kind> kind = {};
  std::string slug = {};
  std::string uuid = {};
  std::string integration = {};
  std::string workspace = {};
  secret authorization = {};  ///< with api_key: one credential, as the values of its two headers
  secret api_key = {};
  bool soft = false;

  [[nodiscard]] bool names_credential() const { return !authorization.empty() || !api_key.empty(); }
};

/// From {"slug": "openai", "kind": "integration", "soft": true} and the like. The error says which key is wrong and
/// what was expected, and repeats no value.
[[nodiscard]] std::expected<purge_request, std::string> parse_purge_request(std::string_view body);

}  // namespace sidecache::admin
