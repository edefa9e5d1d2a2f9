#include "mock/presentation.hpp"

#include <algorithm>
#include <boost/json.hpp>

#include "mock/timestamp.hpp"
#include "records/masking.hpp"

namespace sidecache::mock {
namespace {

std::string_view text_of(const record& one, std::string_view name) {
  const auto* value = one.body.if_contains(name);
  return value != nullptr && value->is_string() ? std::string_view(value->get_string()) : std::string_view{};
}

/// What is seen in clear now and then is shown in clear: whoever reads the mock must be ready for it.
bool is_masked(std::string_view name) {
  const auto* const known = std::ranges::find(records::sensitive_fields, name, &records::sensitive_field::name);
  return known != records::sensitive_fields.end() && known->how == records::masking::always;
}

json::object masked_configurations(const record& one) {
  json::object shown;
  const auto* value = one.body.if_contains("configurations");
  if (value == nullptr || !value->is_object()) return shown;
  for (const auto& [name, field] : value->get_object()) {
    if (is_masked(name)) {
      const std::string clear = field.is_string() ? std::string(field.get_string()) : json::serialize(field);
      shown[records::masked_name(name)] = masked(clear);
    } else {
      shown[name] = field;
    }
  }
  return shown;
}

json::object integration_detail(const record& one, const store& all) {
  return {{"id", one.id},
          {"organisation_id", one.where.organisation_id},
          {"ai_provider_id", field_or(one, "ai_provider_id", "")},
          {"name", field_or(one, "name", "")},
          {"status", field_or(one, "status", "active")},
          {"created_at", field_or(one, "created_at", nullptr)},
          {"last_updated_at", field_or(one, "last_updated_at", nullptr)},
          {"slug", one.slug},
          {"description", field_or(one, "description", nullptr)},
          {"object", object_name(one.kind)},
          {"type", one.where.workspace_id.empty() ? "organisation" : "workspace"},
          {"workspace_id", null_or(one.where.workspace_id)},
          {"masked_key", masked(text_of(one, "key"))},
          {"configurations", masked_configurations(one)},
          {"global_workspace_access_settings", field_or(one, "global_workspace_access_settings", nullptr)},
          {"allow_all_models", field_or(one, "allow_all_models", true)},
          {"workspace_count", open_workspaces(one, all)},
          {"secret_mappings", field_or(one, "secret_mappings", json::array())},
          {"pricing_adjustments", field_or(one, "pricing_adjustments", nullptr)}};
}

/// What virtual keys and providers have in common.
void add_budget(json::object& shown, const record& one, wall_time now) {
  shown["name"] = field_or(one, "name", "");
  shown["note"] = field_or(one, "note", nullptr);
  shown["status"] = status_of(one, now);
  shown["usage_limits"] = field_or(one, "usage_limits", nullptr);
  shown["reset_usage"] = field_or(one, "reset_usage", nullptr);
  shown["created_at"] = field_or(one, "created_at", nullptr);
  shown["slug"] = one.slug;
  shown["rate_limits"] = field_or(one, "rate_limits", json::array());
  shown["expires_at"] = field_or(one, "expires_at", nullptr);
  shown["object"] = object_name(one.kind);
}

json::object virtual_key_detail(const record& one, wall_time now) {
  json::object shown{{"id", one.id}, {"ai_provider_name", field_or(one, "provider", "")}};
  add_budget(shown, one, now);
  shown["key"] = "";
  shown["masked_api_key"] = masked(text_of(one, "key"));
  shown["model_config"] = field_or(one, "model_config", json::object());
  shown["last_reset_at"] = field_or(one, "last_reset_at", nullptr);
  shown["integration_id"] = field_or(one, "integration_id", nullptr);
  shown["secret_mappings"] = field_or(one, "secret_mappings", json::array());
  shown["tags"] = field_or(one, "tags", nullptr);
  return shown;
}

json::object provider_detail(const record& one, wall_time now) {
  json::object shown{{"id", one.id}, {"workspace_id", one.where.workspace_id}};
  add_budget(shown, one, now);
  shown["integration_id"] = field_or(one, "integration_id", nullptr);
  shown["model_config"] = field_or(one, "model_config", json::object());
  return shown;
}

bool enabled(const json::value& access) {
  const auto* object = access.if_object();
  const auto* flag = object == nullptr ? nullptr : object->if_contains("enabled");
  return flag != nullptr && flag->is_bool() && flag->get_bool();
}

bool open_to_all(const record& integration) {
  const auto* global = integration.body.if_contains("global_workspace_access_settings");
  return global != nullptr && enabled(*global);
}

}  // namespace

json::object detail_of(const record& one, const store& all, wall_time now) {
  switch (one.kind) {
    case family::integration:
      return integration_detail(one, all);
    case family::virtual_key:
      return virtual_key_detail(one, now);
    case family::provider:
      return provider_detail(one, now);
    default:
      return {};
  }
}

json::value status_of(const record& one, wall_time now) {
  const auto expires = parse_timestamp(text_of(one, "expires_at"));
  if (expires && *expires <= now) return "expired";
  return field_or(one, "status", "active");
}

json::value field_or(const record& one, std::string_view name, const json::value& otherwise) {
  const auto* value = one.body.if_contains(name);
  return value == nullptr || value->is_null() ? otherwise : *value;
}

json::value null_or(std::string_view text) { return text.empty() ? json::value(nullptr) : json::value(text); }

json::object list_entry_of(const record& one, const store& all, wall_time now) {
  json::object shown = detail_of(one, all, now);
  shown["organisation_id"] = one.where.organisation_id;
  if (one.kind == family::integration) {
    for (const std::string_view left_out :
         {"masked_key", "configurations", "global_workspace_access_settings", "secret_mappings", "pricing_adjustments"})
      shown.erase(left_out);
    return shown;
  }
  shown["workspace_id"] = one.where.workspace_id;
  shown["model_config"] = nullptr;
  if (shown["rate_limits"].as_array().empty()) shown["rate_limits"] = nullptr;
  shown.erase("secret_mappings");
  return shown;
}

std::string masked(std::string_view secret) {
  if (secret.empty()) return "";
  if (secret.size() < 12) return "***";
  return std::string(secret.substr(0, 3)) + "***" + std::string(secret.substr(secret.size() - 3));
}

std::size_t open_workspaces(const record& integration, const store& all) {
  return static_cast<std::size_t>(std::ranges::count_if(all.workspaces(), [&](const workspace& one) {
    return one.organisation_id == integration.where.organisation_id && open_to(integration, one.id);
  }));
}

bool open_to(const record& integration, std::string_view workspace_id) {
  if (!integration.where.workspace_id.empty()) return integration.where.workspace_id == workspace_id;
  const auto named = std::ranges::find_if(integration.workspaces, [&](const json::value& access) {
    return std::string_view(access.at("id").as_string()) == workspace_id;
  });
  return named == integration.workspaces.end() ? open_to_all(integration) : enabled(*named);
}

}  // namespace sidecache::mock
