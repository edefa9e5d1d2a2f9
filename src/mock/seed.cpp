#include "mock/seed.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <iterator>
#include <stdexcept>

#include "base/text.hpp"
#include "mock/provider_schema.hpp"
#include "mock/timestamp.hpp"
#include "mock/validation.hpp"

namespace sidecache::mock {
namespace {

struct seeded_workspace {
  std::string_view organisation, slug, name;
};
constexpr std::array workspaces{seeded_workspace{"acme", "acme-prod", "Acme Production"},
                                seeded_workspace{"acme", "acme-staging", "Acme Staging"},
                                seeded_workspace{"globex", "globex-main", "Globex"}};

struct seeded_key {
  std::string_view secret, name, organisation, workspace;
  bool read_only;
  std::string_view about;
  std::string_view fields = R"({"rate_limits": null, "usage_limits": null})";
};
constexpr std::array keys{
    seeded_key{acme_prod_key, "acme-prod", "acme", "acme-prod", false, "workspace acme-prod",
               R"({"rate_limits": [{"type": "requests", "unit": "rpm", "value": 5000}], "reset_usage": 0,
                   "usage_limits": {"credit_limit": 10000, "type": "cost", "alert_threshold": 9000}})"},
    seeded_key{acme_staging_key, "acme-staging", "acme", "acme-staging", false, "workspace acme-staging"},
    seeded_key{acme_readonly_key, "acme-readonly", "acme", "acme-prod", true, "workspace acme-prod, writes are 403"},
    seeded_key{acme_admin_key, "acme-admin", "acme", "", false, "all of acme, with ?workspace_id="},
    seeded_key{globex_key, "globex", "globex", "globex-main", false, "workspace globex-main"}};

struct seeded_gateway {
  std::string_view secret, name, organisation;
};
constexpr std::array gateways{seeded_gateway{acme_client_auth, "acme-client-auth", "acme"},
                              seeded_gateway{globex_client_auth, "globex-client-auth", "globex"}};

[[noreturn]] void broken(const seeded_record& one, const std::string& why) {
  throw std::logic_error(fmt::format("mock seed: {} {}: {}", object_name(one.kind), one.slug, why));
}

/// Turns `from`, seconds from the start, into the date `to`.
void date(json::object& in, std::string_view from, std::string_view to, wall_time started) {
  const auto* seconds = in.if_contains(from);
  if (seconds == nullptr) return;
  in[to] = format_timestamp(started + std::chrono::seconds{seconds->as_int64()});
  in.erase(from);
}

void date_all(json::object& fields, wall_time started) {
  date(fields, "expires_in_s", "expires_at", started);
  auto* limits = fields.if_contains("usage_limits");
  if (limits == nullptr) return;
  if (limits->is_object()) date(limits->get_object(), "reset_in_s", "next_usage_reset_at", started);
  if (limits->is_array())
    for (auto& one : limits->get_array()) date(one.get_object(), "reset_in_s", "next_usage_reset_at", started);
}

void check(const seeded_record& one, const json::object& fields) {
  if (const auto bad = record_problem(one.kind, write::create, fields)) broken(one, *bad);
  if (one.kind != family::integration) return;
  if (const auto bad = configuration_problem(std::string_view(fields.at("ai_provider_id").as_string()),
                                             fields.at("configurations").as_object()))
    broken(one, *bad);
}

void plant(store& into, const id_source& ids, wall_time started, const seeded_record& one) {
  const auto* owner = into.find_organisation(one.organisation);
  const auto* home = one.workspace.empty() ? nullptr : into.find_workspace(owner->id, one.workspace);
  record made{.kind = one.kind, .slug = std::string(one.slug), .where = {owner->id, home == nullptr ? "" : home->id}};
  made.id = ids.uuid_of(fmt::format("{}/{}/{}/{}", object_name(one.kind), one.organisation, one.workspace, one.slug));
  made.body = json::parse(one.fields).as_object();
  if (!one.integration.empty()) {
    const auto* integration = into.find(family::integration, made.where, one.integration);
    if (integration == nullptr) broken(one, "no such integration");
    made.body["integration_id"] = integration->id;
  }
  date_all(made.body, started);
  check(one, made.body);
  if (const auto* models = made.body.if_contains("models")) {
    made.models = models->as_array();
    made.body.erase("models");
  }
  for_each_list_member(one.open_to, [&](std::string_view slug) {
    made.workspaces.emplace_back(json::object{{"id", into.find_workspace(owner->id, slug)->id},
                                              {"enabled", true},
                                              {"usage_limits", nullptr},
                                              {"rate_limits", nullptr}});
  });
  into.insert(std::move(made));
}

void list_slugs(std::string& out, std::string_view title, family kind, std::string_view organisation,
                std::string_view workspace) {
  std::string line;
  for (const auto all : {seeded_integrations(), seeded_budgets(), seeded_documents()})
    for (const auto& one : all)
      if (one.kind == kind && one.organisation == organisation && one.workspace == workspace)
        line.append(line.empty() ? "" : ", ").append(one.slug);
  if (!line.empty()) fmt::format_to(std::back_inserter(out), "    {:<14}{}\n", title, line);
}

}  // namespace

void seed(store& into, const id_source& ids, wall_time started) {
  into.add(organisation{ids.uuid_of("organisation/acme"), "acme", "Acme"});
  into.add(organisation{ids.uuid_of("organisation/globex"), "globex", "Globex"});
  for (const auto& one : workspaces)
    into.add(workspace{ids.uuid_of(fmt::format("workspace/{}", one.slug)), std::string(one.slug), std::string(one.name),
                       into.find_organisation(one.organisation)->id});
  for (const auto& one : keys) {
    const auto& owner = into.find_organisation(one.organisation)->id;
    auto fields = json::parse(one.fields).as_object();
    fields["created_at"] = "2024-11-01T00:00:00.000Z";
    into.add(api_key{std::string(one.secret), std::string(one.name), owner,
                     one.workspace.empty() ? "" : into.find_workspace(owner, one.workspace)->id, one.read_only,
                     ids.uuid_of(fmt::format("api-key/{}", one.name))},
             std::move(fields));
  }
  for (const auto& one : gateways)
    into.add(client_auth{std::string(one.secret), std::string(one.name), into.find_organisation(one.organisation)->id});
  for (const auto& one : seeded_integrations()) plant(into, ids, started, one);
  for (const auto& one : seeded_budgets()) plant(into, ids, started, one);
  for (const auto& one : seeded_documents()) plant(into, ids, started, one);
}

std::string seed_summary() {
  std::string out = "API keys\n";
  for (const auto& one : keys) fmt::format_to(std::back_inserter(out), "    {:<24}{}\n", one.secret, one.about);
  out += "Authorization of gateways\n";
  for (const auto& one : gateways)
    fmt::format_to(std::back_inserter(out), "    {:<24}organisation {}\n", one.secret, one.organisation);
  for (const std::string_view organisation : {"acme", "globex"}) {
    fmt::format_to(std::back_inserter(out), "Organisation {}\n", organisation);
    list_slugs(out, "integrations", family::integration, organisation, "");
    list_slugs(out, "guardrails", family::guardrail, organisation, "");
  }
  for (const auto& place : workspaces) {
    fmt::format_to(std::back_inserter(out), "Workspace {}\n", place.slug);
    list_slugs(out, "integrations", family::integration, place.organisation, place.slug);
    list_slugs(out, "virtual keys", family::virtual_key, place.organisation, place.slug);
    list_slugs(out, "providers", family::provider, place.organisation, place.slug);
    list_slugs(out, "configs", family::config, place.organisation, place.slug);
    list_slugs(out, "prompts", family::prompt, place.organisation, place.slug);
    list_slugs(out, "partials", family::prompt_partial, place.organisation, place.slug);
    list_slugs(out, "guardrails", family::guardrail, place.organisation, place.slug);
  }
  return out;
}

}  // namespace sidecache::mock
