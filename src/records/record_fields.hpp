// The tables of the three records, with what live responses carry beyond the schemas.
#pragma once

#include "records/configuration_fields.hpp"
#include "records/fields.hpp"
#include "records/kind.hpp"
#include "records/part_fields.hpp"
#include "records/pricing_fields.hpp"
#include "sidecache/integration.hpp"
#include "sidecache/provider.hpp"
#include "sidecache/virtual_key.hpp"

namespace sidecache::records {

template <class T>
void ignore(json_cursor& from, T& /*to*/) {
  from.skip();
}

template <>
inline constexpr auto fields<access_settings> = std::to_array<field<access_settings>>({
    {"enabled", shape::boolean, set<&access_settings::enabled>},
    {"usage_limits", shape::usage_limits, set<&access_settings::usage_limits>},
    {"rate_limits", shape::rate_limits, set<&access_settings::rate_limits>},
});

template <>
inline constexpr auto fields<integration> = std::to_array<field<integration>>({
    {"id", shape::id, set<&integration::id>},
    {"organisation_id", shape::organisation_id, set<&integration::organisation_id>},
    {"ai_provider_id", shape::text, set<&integration::ai_provider_id>},
    {"name", shape::text, set<&integration::name>},
    {"status", shape::status, set<&integration::status>},
    {"created_at", shape::timestamp, set<&integration::created_at>},
    {"last_updated_at", shape::timestamp, set<&integration::last_updated_at>},
    {"slug", shape::slug, set<&integration::slug>},
    {"description", shape::text, set<&integration::description>},
    {"object", shape::object_name, ignore<integration>},
    {"key", shape::text, set<&integration::key>},
    {"masked_key", shape::text, set<&integration::masked_key>},
    {"configurations", shape::configurations, ignore<integration>},  // parse.cpp reads it once ai_provider_id is known
    {"global_workspace_access_settings", shape::access_settings, set<&integration::global_workspace_access_settings>},
    {"allow_all_models", shape::boolean, set<&integration::allow_all_models>},
    {"workspace_count", shape::integer, set<&integration::workspace_count>},
    {"secret_mappings", shape::secret_mappings, set<&integration::secret_mappings>},
    {"pricing_adjustments", shape::pricing_adjustments, set<&integration::pricing_adjustments>},
    {"type", shape::text, set<&integration::type>},
    {"workspace_id", shape::workspace_id, set<&integration::workspace_id>},
});

template <>
inline constexpr auto fields<virtual_key> = std::to_array<field<virtual_key>>({
    {"id", shape::id, set<&virtual_key::id>},
    {"name", shape::text, set<&virtual_key::name>},
    {"note", shape::text, set<&virtual_key::note>},
    {"status", shape::status, set<&virtual_key::status>},
    {"usage_limits", shape::usage_limits, set<&virtual_key::usage_limits>},
    {"reset_usage", shape::amount, set<&virtual_key::reset_usage>},
    {"created_at", shape::timestamp, set<&virtual_key::created_at>},
    {"last_reset_at", shape::timestamp, set<&virtual_key::last_reset_at>},
    {"slug", shape::slug, set<&virtual_key::slug>},
    {"object", shape::object_name, ignore<virtual_key>},
    {"ai_provider_name", shape::text, set<&virtual_key::ai_provider_name>},
    {"integration_id", shape::integration_id, set<&virtual_key::integration_id>},
    {"workspace_id", shape::workspace_id, set<&virtual_key::workspace_id>},
    {"model_config", shape::free_object, set_raw<&virtual_key::model_config>},
    {"rate_limits", shape::rate_limits, set<&virtual_key::rate_limits>},
    {"expires_at", shape::expires_at, set<&virtual_key::expires_at>},
    {"secret_mappings", shape::secret_mappings, set<&virtual_key::secret_mappings>},
    {"key", shape::text, set<&virtual_key::key>},
    {"masked_api_key", shape::text, set<&virtual_key::masked_api_key>},
    {"tags", shape::anything, set_raw<&virtual_key::tags>},
});

template <>
inline constexpr auto fields<provider> = std::to_array<field<provider>>({
    {"id", shape::id, set<&provider::id>},
    {"name", shape::text, set<&provider::name>},
    {"slug", shape::slug, set<&provider::slug>},
    {"object", shape::object_name, ignore<provider>},
    {"integration_id", shape::integration_id, set<&provider::integration_id>},
    {"workspace_id", shape::workspace_id, set<&provider::workspace_id>},
    {"note", shape::text, set<&provider::note>},
    {"status", shape::status, set<&provider::status>},
    {"usage_limits", shape::usage_limits, set<&provider::usage_limits>},
    {"reset_usage", shape::amount, set<&provider::reset_usage>},
    {"created_at", shape::timestamp, set<&provider::created_at>},
    {"rate_limits", shape::rate_limits, set<&provider::rate_limits>},
    {"expires_at", shape::expires_at, set<&provider::expires_at>},
    {"model_config", shape::free_object, set_raw<&provider::model_config>},
});

/// A record of a kind without a schema: what the cache wants to know of it, and nothing that could be unknown.
struct untyped_record {};
template <>
inline constexpr auto fields<untyped_record> = std::to_array<field<untyped_record>>({
    {"id", shape::id, ignore<untyped_record>},
    {"slug", shape::slug, ignore<untyped_record>},
    {"organisation_id", shape::organisation_id, ignore<untyped_record>},
    {"workspace_id", shape::workspace_id, ignore<untyped_record>},
    {"status", shape::status, ignore<untyped_record>},
    {"usage_limits", shape::usage_limits, ignore<untyped_record>},
    {"expires_at", shape::expires_at, ignore<untyped_record>},
});

[[nodiscard]] constexpr schema schema_of_kind(kind k) {
  switch (k) {
    case kind::integration:
      return schema_of<integration>;
    case kind::virtual_key:
      return schema_of<virtual_key>;
    case kind::provider:
      return schema_of<provider>;
    default:
      return schema_of<untyped_record>;
  }
}

}  // namespace sidecache::records
