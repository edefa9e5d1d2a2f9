// What a request is about, from its method and target alone.
//
// A lookup is recognised strictly, a write generously. A lookup that is taken for something else is merely passed on
// and costs a round trip; a write that is taken for something else leaves a wrong record in the cache. So a lookup's
// path must be PREFIX/KIND/IDENT to the letter (but for `//` and a trailing slash, as SDKs send them), while a write
// is looked for under any prefix and in any case, and one whose path can't be trusted touches everything.
//
// The admin API's lookups are those of integrations, virtual keys and providers. The data plane has those of configs,
// prompts, partials and guardrails besides, the list of integrations, and who the caller is
// (/api-keys/self/details); and sync, the changes since it was last asked, which is handed out once.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "http/message.hpp"
#include "records/kind.hpp"

namespace sidecache::http {

/// Which API of the control plane it is: what tools and SDKs ask, or what gateways ask, who keep what they get.
enum class plane_kind : std::uint8_t { admin, data };

/// The `route` label of metrics and logs.
enum class route : std::uint8_t {
  integrations,
  virtual_keys,
  providers,
  configs,
  prompts,
  prompt_partials,
  guardrails,
  api_keys,
  sync,
  other
};
constexpr std::size_t route_count = 10;
[[nodiscard]] std::string_view to_string(route r);
[[nodiscard]] constexpr route route_of(records::kind kind) {
  switch (kind) {
    case records::kind::integration:
    case records::kind::integration_list:
      return route::integrations;
    case records::kind::virtual_key:
      return route::virtual_keys;
    case records::kind::provider:
      return route::providers;
    case records::kind::config:
      return route::configs;
    case records::kind::prompt:
      return route::prompts;
    case records::kind::prompt_partial:
      return route::prompt_partials;
    case records::kind::guardrail:
      return route::guardrails;
    case records::kind::api_key:
      return route::api_keys;
  }
  return route::other;
}

enum class target_class : std::uint8_t {
  record,        ///< PREFIX/KIND/IDENT
  list,          ///< PREFIX/KIND
  sub_resource,  ///< PREFIX/KIND/IDENT/NAME...
  policy,        ///< /policies/... : statuses in a workspace depend on it
  workspace,     ///< /admin/workspaces[/...] itself, not the records below it
  api_key,       ///< /api-keys/...; IDENT is "self" where the caller's own is meant
  sync,          ///< /organisation/O/sync/N
  resync,        ///< /organisation/O/resync
  other,         ///< nothing that a cached record depends on
  opaque,        ///< what it names only the origin knows: dot segments, `\`, `;`, `#`, raw bytes outside of printable
                 ///< ASCII, broken escapes, escapes of `/`, `\`, `%` and control bytes, two words that could be KIND
};

struct target {
  target_class what = target_class::other;
  records::kind kind = records::kind::integration;  ///< with record, list, sub_resource and api_key
  std::string ident;         ///< the slug or UUID, percent-decoded; with record, sub_resource and api_key
  std::string sub_resource;  ///< lower case: "workspaces", "models", ...
  std::string organisation;  ///< with sync and resync
  /// Written as a lookup must be: a configured prefix, KIND to the letter, IDENT. With record, and on the data plane
  /// with the list of integrations and the caller's own API key.
  bool exact = false;
};

/// Never fails: what is not recognised is `other`, what can't be trusted is `opaque`. The query is not looked at.
/// `prefixes` are what a lookup may have in front of KIND, "" or "/v1": no slash at the end. Of "/v1/providers/models"
/// IDENT is "models"; a bare KIND, with or without a slash behind it, is the list.
[[nodiscard]] target classify_target(std::string_view raw_target, const std::vector<std::string>& prefixes,
                                     plane_kind of = plane_kind::admin);

/// The value of `name` in the target's query, percent-decoded; "" if it is not there, twice there with two values, or
/// can't be decoded.
[[nodiscard]] std::string query_value(std::string_view raw_target, std::string_view name);

/// True for the 8-4-4-4-12 form of hexadecimal digits, in any case.
[[nodiscard]] bool is_uuid(std::string_view text);

/// Whether two slugs or UUIDs name the same: UUIDs compare without case, slugs with it.
[[nodiscard]] bool same_ident(std::string_view a, std::string_view b);

/// `%41` -> `A`; false if an escape is broken.
[[nodiscard]] bool percent_decode(std::string_view text, std::string& out);

}  // namespace sidecache::http
