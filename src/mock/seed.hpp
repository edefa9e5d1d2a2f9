// What the mock control plane holds at start: fixed organisations, workspaces, keys and slugs, records of all ten kinds
// of provider and of all that gateways ask for. The demo, the documentation and the tests name them: change them
// together.
#pragma once

#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "mock/id_source.hpp"
#include "mock/store.hpp"

namespace sidecache::mock {

// Clearly fake credentials: they open nothing but a mock.
constexpr std::string_view acme_prod_key = "demo-acme-prod-key";
constexpr std::string_view acme_staging_key = "demo-acme-staging-key";
constexpr std::string_view acme_readonly_key = "demo-readonly-key";  ///< acme-prod, reads only
constexpr std::string_view acme_admin_key =
    "demo-acme-admin-key";  ///< the whole organisation, workspace_id per request
constexpr std::string_view globex_key = "demo-globex-key";
// What gateways send as Authorization, beside one of the keys above.
constexpr std::string_view acme_client_auth = "demo-acme-client-auth";
constexpr std::string_view globex_client_auth = "demo-globex-client-auth";
/// In every secret that a seeded record has: where this turns up, a secret did. /v2 alone may show it.
constexpr std::string_view planted_mark = "planted-not-a-real-";

/// Fills an empty store. UUIDs follow from the seed and the record's place; deadlines are counted from `started`.
/// Throws std::logic_error if a seeded record breaks the rules for writes.
void seed(store& into, const id_source& ids, wall_time started);

/// A table for people: keys, workspaces and slugs.
[[nodiscard]] std::string seed_summary();

/// One seeded record as data: the fields of a POST, and `status`, `created_at` and the like beside them.
/// `expires_in_s` and, in usage_limits, `reset_in_s` become dates.
struct seeded_record {
  family kind;
  std::string_view organisation;
  std::string_view workspace;  ///< empty: the organisation's own
  std::string_view slug;
  std::string_view integration;  ///< slug of the integration it belongs to, as seen from its workspace
  std::string_view open_to;      ///< integrations: slugs of workspaces, comma-separated
  std::string_view fields;       ///< JSON
};
[[nodiscard]] std::span<const seeded_record> seeded_integrations();
[[nodiscard]] std::span<const seeded_record> seeded_budgets();
[[nodiscard]] std::span<const seeded_record> seeded_documents();

}  // namespace sidecache::mock
