// Which header fields go where: what a lookup's answer depends on, what is sent upstream, what is kept.
//
// Pure, and the one place for these rules: the cache key, the upstream request and the stored head must be made from
// the same lists, or an answer that depended on one header would be stored under a key without it. Views that point
// into the argument live as long as it does and is not changed.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "http/fields.hpp"

namespace sidecache::http {

// --- hop by hop ---

/// Fields that speak of one connection (RFC 9110 §7.6.1) or of one proxy (§11.7), whether or not `Connection` names
/// them. Not `Trailer`: it describes the message, and a relayed one keeps its trailers.
[[nodiscard]] bool is_hop_by_hop(std::string_view name);

/// Removes them and whatever else `Connection` names.
void erase_hop_by_hop(fields& of);

// --- what a lookup's answer depends on ---

/// True for the `x-portkey-*` headers that choose among records: all but the API key, which belongs to the credential,
/// and those known to change nothing (tracing, metadata, the SDK's own description).
[[nodiscard]] bool is_key_field(std::string_view name);

/// Calls `visit(field)` for each key field, in the order they came.
template <class Visit>
void for_each_key_field(const fields& request, Visit visit) {
  for (const field each : request)
    if (is_key_field(each.name)) visit(each);
}

/// The key fields as one text that is the same for the same fields: names lower-cased and sorted, the lines of one name
/// in the order they came (it can matter), values with their length so that none can pass for two. "" without any.
[[nodiscard]] std::string variant_key(const fields& request);

enum class credential_state : std::uint8_t {
  present,   ///< one `Authorization`, one `x-portkey-api-key`, or both, none of them empty
  none,      ///< neither, or one that is empty
  repeated,  ///< the same header twice: which one counts only the origin knows
  cookie,    ///< a Cookie, which may identify somebody too
};

/// Who asks. Only a lookup whose state is `present` may be answered from the cache or stored.
struct credential_view {
  std::string_view authorization;  ///< "" if it didn't come
  std::string_view api_key;        ///< "" if it didn't come
  credential_state state = credential_state::none;
};
[[nodiscard]] credential_view credential_of(const fields& request);
credential_view credential_of(const fields&& request) = delete;  // its views would dangle

// --- requests on their way up ---

/// A lookup as it is asked for by a flight, on behalf of everybody who waits for it: the credential, the key fields,
/// and `Accept`, `Accept-Encoding`, `User-Agent` of our own. Never a client's conditionals or Range: a flight belongs
/// to no one client. But of whoever set it off, `Via` as it came, which is what ends a loop of proxies, and
/// traceparent, tracestate and x-request-id, by which it is found again in the control plane's logs; not those that
/// came twice.
[[nodiscard]] fields upstream_lookup_fields(const fields& request, std::string_view version);

/// Anything else: all but hop-by-hop fields and those that the origin adds itself or that were dealt with here (`Host`,
/// `Content-Length`, `Expect`). X-Forwarded-For is passed on as it came: a sidecar is nobody's border.
[[nodiscard]] fields pass_through_fields(const fields& request);

/// Trailers that may be handed on: none that frame, route, authenticate or steer caches (RFC 9110 §6.5.1).
[[nodiscard]] fields pass_through_trailers(const fields& trailers);

// --- answers that are kept ---

/// True for fields that belong to one exchange and would be untrue, or somebody else's, in the next: see the table.
[[nodiscard]] bool belongs_to_one_exchange(std::string_view name);

/// The head as it is stored: without hop-by-hop fields, those of one exchange, `Content-Length` and `Age`, which are
/// written anew for each answer. Nothing is added; `Date` stays the origin's (RFC 9111 §4.2.3 needs it).
[[nodiscard]] fields stored_fields(const fields& response);

/// `application/json` or a `+json` type (RFC 6839 §3.1), with or without parameters.
[[nodiscard]] bool is_json_content_type(std::string_view value);

}  // namespace sidecache::http
