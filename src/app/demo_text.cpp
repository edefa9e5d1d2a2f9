#include "app/demo_text.hpp"

#include <fmt/format.h>

#include "mock/seed.hpp"

namespace sidecache::app {
namespace {

std::string where_is(const std::vector<announced>& listening, std::string_view name) {
  for (const announced& one : listening)
    if (one.name == name) return one.where;
  return {};
}

/// curl's way to name a listener: a URL, or a Unix socket and any host.
std::string curl_base(const std::string& where) {
  constexpr std::string_view unix_scheme = "unix:";
  if (!where.starts_with(unix_scheme)) return where;
  return fmt::format("--unix-socket {} http://localhost", where.substr(unix_scheme.size()));
}

/// A Unix socket has no room for a prefix behind it.
std::string gateways_base(const std::vector<announced>& listening) {
  const std::string where = where_is(listening, "gateways");
  return curl_base(where) + (where.starts_with("unix:") ? "/albus" : "");
}

constexpr std::string_view for_gateways = R"(
  # what gateways ask, below /albus: two credentials, and from memory only once their sync has passed here
  curl -i -H 'Authorization: {client}' -H 'x-portkey-api-key: {key}' '{gateways}/v2/api-keys/self/details?include_organisation=true'
  curl -i -H 'Authorization: {client}' '{gateways}/v1/organisation/acme/sync/1?version=1.0.0&identifier=demo'
  curl -i -H 'Authorization: {client}' -H 'x-portkey-api-key: {key}' {gateways}/v2/configs/pc-router

  # changed behind their backs: dropped when sync names it
  curl -X POST -H 'content-type: application/json' -d '{{"kind":"configs","slug":"pc-router","workspace":"acme-prod","patch":{{"name":"Changed"}}}}' {mock}/__mock/edit
  curl -i -H 'Authorization: {client}' '{gateways}/v1/organisation/acme/sync/1?version=1.0.0&identifier=demo'
  curl -i -H 'Authorization: {client}' -H 'x-portkey-api-key: {key}' {gateways}/v2/configs/pc-router
)";

std::string gateways_text(const std::string& mock, const std::vector<announced>& listening) {
  if (where_is(listening, "gateways").empty()) return {};
  return fmt::format(for_gateways, fmt::arg("client", mock::acme_client_auth), fmt::arg("key", mock::acme_prod_key),
                     fmt::arg("gateways", gateways_base(listening)), fmt::arg("mock", mock));
}

}  // namespace

std::vector<announced> in_the_demos_words(std::vector<announced> listening) {
  for (announced& one : listening) {
    if (one.name == "proxy-admin") one.name = "proxy";
    if (one.name == "proxy-data") one.name = "gateways";
  }
  return listening;
}

std::string demo_text(const std::string& mock, const std::vector<announced>& listening) {
  const std::string proxy = curl_base(where_is(listening, "proxy"));
  return fmt::format(
      R"(
sidecache demo: a mock control plane that takes its time, and sidecache in front of it.

Try, from another terminal:

  # twice: the first asks the control plane (fwd=uri-miss), the second is a hit
  curl -i -H 'x-portkey-api-key: {key}' {proxy}/v1/integrations/openai-prod
  curl -i -H 'x-portkey-api-key: {key}' {proxy}/v1/virtual-keys/openai-vk
  curl -i -H 'x-portkey-api-key: {key}' {proxy}/v1/providers/openai-main

  # another credential sees another record under the same slug
  curl -i -H 'x-portkey-api-key: {staging}' {proxy}/v1/virtual-keys/openai-vk

  # a write through sidecache: the next lookup shows it
  curl -i -X PUT -H 'x-portkey-api-key: {key}' -H 'content-type: application/json' -d '{{"name":"Renamed"}}' {proxy}/v1/virtual-keys/openai-vk
  curl -i -H 'x-portkey-api-key: {key}' {proxy}/v1/virtual-keys/openai-vk

{for_gateways}
  # the control plane goes down: what was asked before is still answered
  curl -X POST -H 'content-type: application/json' -d '{{"kind":"error","status":503}}' {mock}/__mock/faults
  curl -i -H 'x-portkey-api-key: {key}' {proxy}/v1/integrations/openai-prod
  curl -X DELETE {mock}/__mock/faults

  # what gateways were given stale meanwhile, and may keep; what the control plane was asked, what sidecache counts, and its page for people
  curl {admin_api}/api/stale-served
  curl {mock}/__mock/requests
  curl {metrics}/metrics
  {admin}/

{summary}
Ctrl-C ends it.
)",
      fmt::arg("key", mock::acme_prod_key), fmt::arg("staging", mock::acme_staging_key), fmt::arg("proxy", proxy),
      fmt::arg("for_gateways", gateways_text(mock, listening)), fmt::arg("mock", mock),
      fmt::arg("metrics", curl_base(where_is(listening, "metrics"))), fmt::arg("admin", where_is(listening, "admin")),
      fmt::arg("admin_api", curl_base(where_is(listening, "admin"))), fmt::arg("summary", mock::seed_summary()));
}

}  // namespace sidecache::app
