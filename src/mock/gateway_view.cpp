#include "mock/gateway_view.hpp"

#include <boost/json.hpp>

#include "mock/presentation.hpp"

namespace sidecache::mock {
namespace {

const record* integration_of(const record& one, const store& all) {
  const auto* id = one.body.if_contains("integration_id");
  if (id == nullptr || !id->is_string()) return nullptr;
  return all.by_id(family::integration, std::string_view(id->get_string()));
}

void add_owner(json::object& shown, const record& one) {
  shown["organisation_id"] = one.where.organisation_id;
  shown["workspace_id"] = null_or(one.where.workspace_id);
}

/// A provider as well: to gateways both are virtual keys.
json::object virtual_key(const record& one, const store& all, wall_time now) {
  auto shown = detail_of(one, all, now);
  shown["object"] = object_name(family::virtual_key);
  add_owner(shown, one);
  shown["key"] = field_or(one, "key", "");
  const auto* integration = integration_of(one, all);
  if (integration == nullptr) return shown;
  if (shown.at("key").as_string().empty()) shown["key"] = field_or(*integration, "key", "");
  if (one.kind == family::provider) shown["ai_provider_name"] = field_or(*integration, "ai_provider_id", "");
  shown["integration_details"] = json::object{{"id", integration->id},
                                              {"slug", integration->slug},
                                              {"status", field_or(*integration, "status", "active")},
                                              {"allow_all_models", field_or(*integration, "allow_all_models", true)},
                                              {"models", integration->models}};
  return shown;
}

json::object integration(const record& one, const store& all, wall_time now) {
  auto shown = detail_of(one, all, now);
  shown.erase("masked_key");
  shown["integration_slug"] = one.slug;
  shown["key"] = field_or(one, "key", "");
  shown["configurations"] = field_or(one, "configurations", json::object());
  shown["models"] = one.models;
  return shown;
}

/// Configs, prompts, partials, guardrails.
json::object document(const record& one, wall_time now) {
  json::object shown{{"id", one.id}, {"slug", one.slug}};
  add_owner(shown, one);
  for (const auto& [name, value] : one.body) shown[name] = value;
  shown["status"] = status_of(one, now);
  if (const auto* config = one.body.if_contains("config"); config != nullptr && !config->is_string())
    shown["config"] = json::serialize(*config);
  return shown;
}

}  // namespace

json::object seen_by_gateway(const record& one, const store& all, wall_time now) {
  switch (one.kind) {
    case family::integration:
      return integration(one, all, now);
    case family::virtual_key:
    case family::provider:
      return virtual_key(one, all, now);
    default:
      return document(one, now);
  }
}

json::object details_of_key(const record& key, const store& all, wall_time now, key_details with) {
  json::object own{{"id", key.id},
                   {"name", field_or(key, "name", "")},
                   {"status", status_of(key, now)},
                   {"scopes", field_or(key, "scopes", json::array())},
                   {"rate_limits", field_or(key, "rate_limits", nullptr)},
                   {"usage_limits", field_or(key, "usage_limits", nullptr)},
                   {"reset_usage", field_or(key, "reset_usage", nullptr)},
                   {"expires_at", field_or(key, "expires_at", nullptr)},
                   {"created_at", field_or(key, "created_at", nullptr)}};
  add_owner(own, key);
  json::object shown = own;
  shown["api_key_details"] = std::move(own);
  const auto* organisation = all.find_organisation(key.where.organisation_id);
  const auto* workspace = all.find_workspace(key.where.organisation_id, key.where.workspace_id);
  if (with.organisation)
    shown["organisation"] =
        json::object{{"id", organisation->id}, {"slug", organisation->slug}, {"name", organisation->name}};
  if (with.workspace)
    shown["workspace"] =
        workspace == nullptr
            ? json::value(nullptr)
            : json::object{{"id", workspace->id}, {"slug", workspace->slug}, {"name", workspace->name}};
  return shown;
}

}  // namespace sidecache::mock
