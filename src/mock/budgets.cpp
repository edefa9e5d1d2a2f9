#include "mock/budgets.hpp"

#include <boost/json.hpp>

#include "mock/presentation.hpp"
#include "mock/usage.hpp"
#include "mock/validation.hpp"

namespace sidecache::mock {
namespace {

/// Where a new record goes: it must be one workspace.
std::expected<scope, api_error> home(const call& c, family kind) {
  auto where = c.where();
  if (where && where->workspace_id.empty())
    return std::unexpected(bad_request("workspace_id is required", shape_of(kind)));
  return where;
}

/// The integration that the body names by slug or UUID, if the workspace may use it.
std::expected<const record*, api_error> integration_for(const call& c, const scope& where, family kind) {
  const auto* one = c.all.find(family::integration, where, c.text("integration_id"));
  if (one == nullptr) return std::unexpected(bad_request("integration_id names no integration", shape_of(kind)));
  if (!open_to(*one, where.workspace_id))
    return std::unexpected(forbidden("The integration is not open to this workspace", shape_of(kind)));
  return one;
}

std::expected<record, api_error> new_record(const call& c, family kind) {
  if (auto bad = record_problem(kind, write::create, c.body)) return std::unexpected(bad_request(*bad, shape_of(kind)));
  const auto where = home(c, kind);
  if (!where) return std::unexpected(where.error());
  record made{.kind = kind, .where = *where};
  if (!c.text("integration_id").empty()) {
    const auto integration = integration_for(c, *where, kind);
    if (!integration) return std::unexpected(integration.error());
    made.body["integration_id"] = (*integration)->id;
  }
  auto slug = c.free_slug(kind, *where);
  if (!slug) return std::unexpected(slug.error());
  made.slug = std::move(*slug);
  made.id = c.ids.next_uuid();
  copy_members(c.body, made.body, {"name", "note", "usage_limits", "rate_limits", "expires_at", "model_config"});
  made.body["status"] = "active";
  made.body["created_at"] = c.timestamp();
  return made;
}

/// The older API has provider fields at the top, in camelCase; the record has them in model_config.
void collect_model_config(const json::object& from, json::object& into) {
  json::object config;
  if (const auto* given = into.if_contains("model_config"); given != nullptr && given->is_object())
    config = given->get_object();
  copy_members(from, config,
               {"apiVersion", "resourceName", "deploymentName", "deploymentConfig", "vertexProjectId", "vertexRegion",
                "awsRegion", "awsRoleArn", "workersAiAccountId", "customHost"});
  into["model_config"] = std::move(config);
}

bool asks_for_reset(const json::object& body) {
  const auto* reset = body.if_contains("reset_usage");
  return reset != nullptr && (*reset == json::value(true) || *reset == json::value(0));
}

}  // namespace

result create_virtual_key(call& c) {
  auto made = new_record(c, family::virtual_key);
  if (!made) return std::unexpected(made.error());
  copy_members(c.body, made->body, {"provider", "key", "secret_mappings", "tags"});
  collect_model_config(c.body, made->body);
  const record& stored = c.all.insert(std::move(*made));
  return json::object{{"success", true}, {"data", {{"slug", stored.slug}}}};
}

result create_provider(call& c) {
  auto made = new_record(c, family::provider);
  if (!made) return std::unexpected(made.error());
  const record& stored = c.all.insert(std::move(*made));
  return json::object{{"id", stored.id}, {"slug", stored.slug}};
}

result update_budgeted(call& c, const record& one) {
  if (auto bad = record_problem(one.kind, write::update, c.body))
    return std::unexpected(bad_request(*bad, shape_of(one.kind)));
  record& changed = c.all.change(one);
  copy_members(c.body, changed.body, {"name", "note", "usage_limits", "rate_limits", "expires_at"});
  if (one.kind == family::virtual_key) {
    copy_members(c.body, changed.body, {"key", "secret_mappings", "tags", "model_config"});
    collect_model_config(c.body, changed.body);
  }
  if (asks_for_reset(c.body)) reset_usage(changed, c.now);
  if (one.kind == family::virtual_key) return json::object();
  return json::object{{"id", one.id}, {"slug", one.slug}};
}

}  // namespace sidecache::mock
