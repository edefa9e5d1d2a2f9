// When a credential that is a JWT ends (RFC 7519 §4.1.4). Read only to shorten what is stored: nothing is verified, and
// a token that can't be read ends never.
#pragma once

#include <optional>
#include <string_view>

#include "base/clock.hpp"
#include "http/header_rules.hpp"

namespace sidecache::proxy {

/// The `exp` of "HEADER.PAYLOAD.SIGNATURE", with or without "Bearer " in front.
[[nodiscard]] std::optional<wall_time> jwt_expiry(std::string_view token);

/// The earlier one, where both headers carry a JWT.
[[nodiscard]] std::optional<wall_time> credential_expiry(const http::credential_view& credential);

}  // namespace sidecache::proxy
