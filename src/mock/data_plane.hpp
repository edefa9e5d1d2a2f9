// The mock control plane's data-plane API ("albus"): what gateways ask, in {"success":true,"data":...}.
//
//   GET  /v2/api-keys/self/details[?include_organisation=true&include_workspace=true]   the caller's own key
//   GET  /v2/{virtual-keys,configs,prompts,prompts/partials,guardrails}/{slug or UUID}[?organisation_id=&workspace_id=]
//   GET  /v2/integrations/[?organisation_id=]     a list; records under /v2 carry providers' real keys
//   PUT  /v2/virtual-keys/{UUID}                  fields, `status` and the counter `reset_usage`
//   GET  /v1/organisation/{org}/sync/{n}?identifier=    what changed since the identifier last asked, once (sync.hpp)
//   POST /v1/organisation/{org}/resync            what gateways counted (sync.hpp)
//   POST /dp/metrics                              taken and forgotten
//
// All of it under /albus too, as private links have it. A gateway shows its organisation's `Authorization`, raw, and on
// behalf of a caller `x-portkey-api-key` beside it: what is under /v2 needs both, the rest is asked by the gateway's
// own jobs and may come without a key. An unknown credential, or a key of another organisation, is a 401. A provider is
// found as a virtual key too: to gateways (`@slug`) it is one. A prompt may be asked for with the version that is
// wanted (`slug@3`, `slug@latest`); the mock has one of each.
#pragma once

#include "mock/call.hpp"

namespace sidecache::mock {

/// Whether the target is of this API. If so, an `albus` in front is taken off.
[[nodiscard]] bool enter_data_plane(target& where);

/// Whose key a gateway shows. Null: none, or it is not good for it.
[[nodiscard]] const api_key* caller_of_gateway(const store& all, const http::fields& fields);

/// `where`: the request's target, after enter_data_plane().
[[nodiscard]] result answer_gateway(store& all, id_source& ids, const request& asked, target where, wall_time now);

}  // namespace sidecache::mock
