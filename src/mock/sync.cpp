#include "mock/sync.hpp"

#include <array>
#include <boost/json.hpp>

#include "mock/presentation.hpp"
#include "mock/usage.hpp"

namespace sidecache::mock {
namespace {

json::value name_in_sync(const change& one) {
  switch (one.kind) {
    case family::api_key:
      return json::string(one.id);
    case family::integration:
      return json::object{{"slug", one.slug}};
    default:
      return json::object{{"slug", one.slug}, {"workspace_id", null_or(one.where.workspace_id)}};
  }
}

struct subject {
  std::string_view prefix;
  bool api_keys;
};
constexpr std::array subjects{subject{"virtualKeyIdsTo", false}, subject{"apiKeyIdsTo", true},
                              subject{"apiKeysTo", true}};

enum class count : std::uint8_t { exhaust, expire, reset, update_usage };
struct count_name {
  std::string_view suffix;
  count what;
};
constexpr std::array counts{count_name{"Exhaust", count::exhaust}, count_name{"Expire", count::expire},
                            count_name{"Reset", count::reset}, count_name{"UpdateUsage", count::update_usage}};

void apply(record& one, count what, double used, wall_time now) {
  switch (what) {
    case count::exhaust:
      one.body["status"] = "exhausted";
      return;
    case count::expire:
      one.body["status"] = "expired";
      return;
    case count::reset:
      return reset_usage(one, now);
    case count::update_usage:
      return add_usage(one, used);
  }
}

struct tallied {
  std::string_view id;
  double used = 0;
};

/// "uuid", or {"id": "uuid", "usage": 1.5}.
tallied counted_in(const json::value& entry) {
  if (const auto* id = entry.if_string()) return {.id = *id};
  const auto* object = entry.if_object();
  const auto* id = object == nullptr ? nullptr : object->if_contains("id");
  if (id == nullptr || !id->is_string()) return {};
  const auto* used = object->if_contains("usage");
  return {.id = id->get_string(), .used = used != nullptr && used->is_number() ? used->to_number<double>() : 0};
}

const record* record_of(const store& all, std::string_view organisation_id, bool api_keys, std::string_view id) {
  const auto* one = all.by_id(api_keys ? family::api_key : family::virtual_key, id);
  if (one == nullptr && !api_keys) one = all.by_id(family::provider, id);
  return one != nullptr && one->where.organisation_id == organisation_id ? one : nullptr;
}

}  // namespace

result hand_out_changes(store& all, const std::string& organisation_id, const target& where) {
  const auto identifier = where.query_value("identifier").value_or("");
  if (identifier.empty()) return std::unexpected(bad_request("identifier is required"));
  json::object data;
  for (const auto& names : families) data[names.sync_list] = json::array();
  for (const auto& one : all.changes_for(organisation_id, identifier))
    data[names_of(one.kind).sync_list].as_array().push_back(name_in_sync(one));
  return json::object{{"success", true}, {"data", std::move(data)}};
}

result take_counts(store& all, std::string_view organisation_id, const json::object& body, wall_time now) {
  for (const auto& about : subjects)
    for (const auto& [suffix, what] : counts) {
      const auto name = std::string(about.prefix).append(suffix);
      const auto* entries = body.if_contains(name);
      if (entries == nullptr || entries->is_null()) continue;
      if (!entries->is_array()) return std::unexpected(bad_request(name + " must be an array"));
      for (const auto& entry : entries->get_array()) {
        const auto [id, used] = counted_in(entry);
        if (const auto* one = record_of(all, organisation_id, about.api_keys, id))
          apply(all.change(*one), what, used, now);
      }
    }
  return json::object{{"success", true}};
}

}  // namespace sidecache::mock
