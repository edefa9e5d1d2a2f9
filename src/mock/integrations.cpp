#include "mock/integrations.hpp"

#include <algorithm>
#include <boost/json.hpp>

#include "base/text.hpp"
#include "mock/provider_schema.hpp"
#include "mock/validation.hpp"

namespace sidecache::mock {
namespace {

constexpr auto kind = family::integration;

/// Of one workspace, or of all if `workspace_id` is empty.
void erase_dependents(store& all, const record& integration, std::string_view workspace_id) {
  for (const auto kind_below : {family::provider, family::virtual_key})
    for (const auto* one : all.dependents(integration, kind_below))
      if (workspace_id.empty() || one->where.workspace_id == workspace_id) all.erase(*one);
}

void make_default_provider(call& c, const record& integration, const std::string& workspace_id) {
  const scope where{integration.where.organisation_id, workspace_id};
  auto slug = c.text("default_provider_slug");
  if (slug.empty()) slug = integration.slug;
  if (c.all.by_slug(family::provider, where, slug) != nullptr) return;
  record made{.kind = family::provider, .id = c.ids.next_uuid(), .slug = slug, .where = where};
  copy_members(integration.body, made.body, {"name"});
  made.body["integration_id"] = integration.id;
  made.body["status"] = "active";
  made.body["created_at"] = c.timestamp();
  c.all.insert(std::move(made));
}

problem access_problem(const call& c, const json::value& access) {
  const auto* entry = access.if_object();
  if (entry == nullptr || !entry->contains("id") || !entry->at("id").is_string()) return "workspaces need an id";
  if (!entry->contains("enabled") || !entry->at("enabled").is_bool()) return "workspaces need enabled, true or false";
  if (c.all.find_workspace(c.caller.organisation_id, entry->at("id").get_string()) == nullptr)
    return "no such workspace";
  for (const auto& [name, check] :
       {std::pair{"usage_limits", &usage_limits_problem}, std::pair{"rate_limits", &rate_limits_problem}})
    if (const auto* value = entry->if_contains(name))
      if (auto bad = check(*value)) return bad;
  return std::nullopt;
}

void set_access(call& c, record& one, const json::object& asked) {
  const auto* found = c.all.find_workspace(c.caller.organisation_id, asked.at("id").get_string());
  json::object access{{"id", found->id}};
  copy_members(asked, access, {"enabled", "usage_limits", "rate_limits"});
  const bool enabled = access.at("enabled").get_bool();
  const auto same =
      std::ranges::find_if(one.workspaces, [&](const json::value& other) { return other.at("id") == access.at("id"); });
  if (same != one.workspaces.end()) {
    *same = std::move(access);
  } else {
    one.workspaces.emplace_back(std::move(access));
  }
  if (!enabled) return erase_dependents(c.all, one, found->id);
  if (c.flag("create_default_provider", true)) make_default_provider(c, one, found->id);
}

problem global_access_problem(const json::value* global) {
  if (global == nullptr || global->is_null()) return std::nullopt;
  if (global->is_object() && global->get_object().contains("enabled") && global->get_object().at("enabled").is_bool())
    return std::nullopt;
  return "global_workspace_access needs enabled, true or false";
}

/// `global_workspace_access`: the same for every workspace of the organisation.
void set_global_access(call& c, record& one) {
  const auto* global = c.body.if_contains("global_workspace_access");
  if (global == nullptr) return;
  one.body["global_workspace_access_settings"] = *global;
  if (c.flag("override_existing_workspace_access", false)) one.workspaces.clear();
  if (global->is_null() || !global->get_object().at("enabled").get_bool()) return;
  if (c.flag("create_default_provider", true))
    for (const auto& each : c.all.workspaces())
      if (each.organisation_id == one.where.organisation_id) make_default_provider(c, one, each.id);
}

json::value counted(std::string_view name, const json::array& entries) {
  return json::object{{"total", entries.size()}, {name, entries}};
}

}  // namespace

result create_integration(call& c) {
  if (auto bad = record_problem(kind, write::create, c.body)) return std::unexpected(bad_request(*bad));
  const json::value* given = c.body.if_contains("configurations");
  const json::object configurations = given != nullptr && given->is_object() ? given->get_object() : json::object();
  if (auto bad = configuration_problem(c.text("ai_provider_id"), configurations))
    return std::unexpected(bad_request(*bad));
  const auto where = c.where();
  if (!where) return std::unexpected(where.error());
  const auto slug = c.free_slug(kind, *where);
  if (!slug) return std::unexpected(slug.error());

  record made{.kind = kind, .id = c.ids.next_uuid(), .slug = *slug, .where = *where};
  copy_members(c.body, made.body,
               {"ai_provider_id", "name", "description", "key", "secret_mappings", "pricing_adjustments"});
  made.body["configurations"] = configurations;
  made.body["status"] = "active";
  made.body["created_at"] = c.timestamp();
  made.body["last_updated_at"] = c.timestamp();
  const record& stored = c.all.insert(std::move(made));
  if (!where->workspace_id.empty() && c.flag("create_default_provider", true))
    make_default_provider(c, stored, where->workspace_id);
  return json::object{{"id", stored.id}, {"slug", stored.slug}};
}

result update_integration(call& c, const record& one) {
  if (auto bad = record_problem(kind, write::update, c.body)) return std::unexpected(bad_request(*bad));
  const auto* had = one.body.if_contains("configurations");
  json::object configurations = had != nullptr && had->is_object() ? had->get_object() : json::object();
  if (const auto* given = c.body.if_contains("configurations"); given != nullptr && given->is_object())
    for (const auto& [name, value] : given->get_object()) configurations[name] = value;
  if (auto bad = configuration_problem(std::string_view(one.body.at("ai_provider_id").as_string()), configurations))
    return std::unexpected(bad_request(*bad));
  record& changed = c.all.change(one);
  copy_members(c.body, changed.body, {"name", "description", "key", "secret_mappings", "pricing_adjustments"});
  changed.body["configurations"] = std::move(configurations);
  changed.body["last_updated_at"] = c.timestamp();
  return json::object();
}

void delete_integration(call& c, const record& one) {
  erase_dependents(c.all, one, "");
  c.all.erase(one);
}

result workspaces_of(call& c, const record& one) {
  if (c.method == http::method::put) {
    const auto* asked = c.body.if_contains("workspaces");
    if (asked == nullptr && !c.body.contains("global_workspace_access"))
      return std::unexpected(bad_request("workspaces or global_workspace_access is required"));
    if (asked != nullptr && !asked->is_array()) return std::unexpected(bad_request("workspaces must be an array"));
    const json::array entries = asked == nullptr ? json::array() : asked->get_array();
    for (const auto& entry : entries)
      if (auto bad = access_problem(c, entry)) return std::unexpected(bad_request(*bad));
    if (auto bad = global_access_problem(c.body.if_contains("global_workspace_access")))
      return std::unexpected(bad_request(*bad));
    record& changed = c.all.change(one);
    set_global_access(c, changed);
    for (const auto& entry : entries) set_access(c, changed, entry.get_object());
    changed.body["last_updated_at"] = c.timestamp();
  }
  return counted("workspaces", one.workspaces);
}

namespace {

std::optional<api_error> put_models(const call& c, const record& one) {
  const auto* asked = c.body.if_contains("models");
  if (asked != nullptr && !asked->is_array()) return bad_request("models must be an array");
  const json::array entries = asked == nullptr ? json::array() : asked->get_array();
  for (const auto& entry : entries)
    if (!entry.is_object() || !entry.get_object().contains("slug") || !entry.at("slug").is_string())
      return bad_request("models need a slug");
  record& changed = c.all.change(one);
  for (const auto& entry : entries) {
    const auto same = std::ranges::find_if(
        changed.models, [&](const json::value& other) { return other.at("slug") == entry.at("slug"); });
    if (same != changed.models.end()) {
      *same = entry;
    } else {
      changed.models.push_back(entry);
    }
  }
  changed.body["allow_all_models"] = c.flag("allow_all_models", entries.empty());
  changed.body["last_updated_at"] = c.timestamp();
  return std::nullopt;
}

std::optional<api_error> delete_models(const call& c, const record& one) {
  const auto slugs = c.target.query_value("slugs");
  if (!slugs || slugs->empty()) return bad_request("slugs is required");
  record& changed = c.all.change(one);
  for_each_list_member(*slugs, [&](std::string_view slug) {
    const auto same = std::ranges::find_if(changed.models, [&](const json::value& other) {
      return std::string_view(other.at("slug").as_string()) == slug;
    });
    if (same != changed.models.end()) changed.models.erase(same);
  });
  changed.body["last_updated_at"] = c.timestamp();
  return std::nullopt;
}

}  // namespace

result models_of(call& c, const record& one) {
  std::optional<api_error> bad;
  if (c.method == http::method::put) bad = put_models(c, one);
  if (c.method == http::method::del) bad = delete_models(c, one);
  if (bad) return std::unexpected(*bad);
  return counted("models", one.models);
}

}  // namespace sidecache::mock
