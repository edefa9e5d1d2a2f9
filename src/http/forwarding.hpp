// What a proxy writes into the requests that it forwards, and what it reads there: Via, Max-Forwards, X-Forwarded-For.
//
// Pure. A request that comes back to the instance that has forwarded it is known by that instance's own pseudonym in
// Via (RFC 9110 §7.6.3), which is random: two sidecaches in a row are two, and neither takes the other for itself.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "http/fields.hpp"

namespace sidecache::http {

/// Appends "1.1 PSEUDONYM" to what came in Via. `version`: 10 or 11, that of the request as it was received.
void append_via(fields& request, unsigned version, std::string_view pseudonym);

/// True if Via names the pseudonym as one that the request has passed. Comments count for nothing: they are anybody's.
[[nodiscard]] bool has_passed(const fields& request, std::string_view pseudonym);

/// Of Max-Forwards (RFC 9110 §7.6.2): how many more may forward it. Nothing if the field is not there or no number, and
/// then it is to be left alone.
[[nodiscard]] std::optional<std::uint64_t> forwards_left(const fields& request);
/// Takes one off, where there is a number.
void spend_forward(fields& request);

/// Appends the client to X-Forwarded-For, the nearest last; "" appends nothing.
void append_forwarded_for(fields& request, std::string_view client_address);

}  // namespace sidecache::http
