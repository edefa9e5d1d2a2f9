#include "mock/record_edit.hpp"

#include <boost/json.hpp>

#include "base/text.hpp"
#include "mock/timestamp.hpp"

namespace sidecache::mock {
namespace {

std::string text(const json::object& from, std::string_view name) {
  const auto* value = from.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string{};
}

std::optional<records::kind> kind_in(const json::object& asked) {
  const auto named = text(asked, "kind");
  for (const auto kind : {records::kind::integration, records::kind::virtual_key, records::kind::provider})
    if (named == records::collection_name(kind) || named == records::object_name(kind)) return kind;
  return std::nullopt;
}

/// RFC 7396 §2.
void merge_patch(json::value& into, const json::value& patch) {
  if (!patch.is_object()) {
    into = patch;
    return;
  }
  if (!into.is_object()) into = json::object();
  auto& object = into.get_object();
  for (const auto& [name, value] : patch.get_object()) {
    if (value.is_null()) {
      object.erase(name);
    } else {
      merge_patch(object[name], value);
    }
  }
}

bool meant(const store& all, const record& one, const json::object& asked) {
  const auto slug = text(asked, "slug");
  if (one.slug != slug && !equal_ignoring_case(one.id, slug)) return false;
  if (const auto named = text(asked, "organisation"); !named.empty()) {
    const auto* owner = all.find_organisation(named);
    if (owner == nullptr || owner->id != one.where.organisation_id) return false;
  }
  const auto named = text(asked, "workspace");
  if (named.empty()) return true;
  const auto* place = all.find_workspace(one.where.organisation_id, named);
  return place != nullptr && place->id == one.where.workspace_id;
}

}  // namespace

result edit_record(store& all, const json::object& asked, wall_time now) {
  const auto kind = kind_in(asked);
  if (!kind) return std::unexpected(bad_request("kind must be integrations, virtual-keys or providers"));
  const auto found = all.list(*kind, [&](const record& one) { return meant(all, one, asked); });
  if (found.empty()) return std::unexpected(not_found(*kind));
  if (found.size() > 1)
    return std::unexpected(api_error{409, "AB07", "conflict_error",
                                     "the slug names several records: add organisation or workspace",
                                     error_shape::detailed});
  record& one = *found.front();
  json::object named{{"id", one.id}, {"slug", one.slug}};
  if (const auto* remove = asked.if_contains("delete"); remove != nullptr && *remove == json::value(true)) {
    all.erase(*kind, std::string(one.id));
    return named;
  }
  const auto* patch = asked.if_contains("patch");
  if (patch == nullptr || !patch->is_object()) return std::unexpected(bad_request("patch must be an object"));
  if (patch->get_object().contains("id") || patch->get_object().contains("slug"))
    return std::unexpected(bad_request("id and slug can't be changed"));
  json::value merged = one.body;
  merge_patch(merged, *patch);
  one.body = std::move(merged.get_object());
  if (*kind == records::kind::integration) one.body["last_updated_at"] = format_timestamp(now);
  return named;
}

}  // namespace sidecache::mock
