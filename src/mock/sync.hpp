// What an organisation's gateways and its control plane tell each other in the background.
//
// Sync is one way: {"virtualKeysV2":[{"slug","workspace_id"}], "configsV2", "promptsV2", "promptPartialsV2",
// "guardrailsV2", "integrationsV2":[{"slug"}], "apiKeyIds":["uuid"]}, what changed since the identifier last asked,
// whoever changed it: the admin API, a gateway's PUT or resync, a console's edit, a deletion. What is handed out is
// forgotten, whether it arrives or not; a new identifier begins with nothing, one that fell behind is told everything
// (change_log.hpp). A time that comes (`expires_at`) is no change: the record says it beforehand.
//
// Resync is the other: {"virtualKeyIdsToExhaust":["uuid"], "...ToExpire", "...ToReset",
// "...ToUpdateUsage":[{"id","usage"}]}, the same of "apiKeyIds..." and, as gateways spell it, "apiKeys...". Usage is
// added up, and exhausts what reaches its limit. Ids that the organisation hasn't are left out, members that are not
// known too.
#pragma once

#include "mock/call.hpp"

namespace sidecache::mock {

[[nodiscard]] result hand_out_changes(store& all, const std::string& organisation_id, const target& where);
[[nodiscard]] result take_counts(store& all, std::string_view organisation_id, const json::object& body, wall_time now);

}  // namespace sidecache::mock
