#include "mock/record_edit.hpp"

#include <algorithm>
#include <boost/json.hpp>

#include "base/text.hpp"
#include "mock/timestamp.hpp"
#include "mock/usage.hpp"
#include "mock/validation.hpp"

namespace sidecache::mock {
namespace {

std::string text(const json::object& from, std::string_view name) {
  const auto* value = from.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string{};
}

const family_names* kind_in(const json::object& asked) {
  const auto named = text(asked, "kind");
  const auto* const at = std::ranges::find_if(
      families, [&](const family_names& names) { return named == names.collection || named == names.object; });
  return at == families.end() ? nullptr : at;
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

result create_record(store& all, id_source& ids, family kind, const json::object& asked, wall_time now) {
  const auto slug = text(asked, "slug");
  const auto* fields = asked.at("create").if_object();
  if (fields == nullptr || !is_slug(slug)) return std::unexpected(bad_request("create needs a slug, and an object"));
  if (kind == family::api_key) return std::unexpected(bad_request("API keys can't be created"));
  const auto* owner = all.find_organisation(text(asked, "organisation"));
  if (owner == nullptr) return std::unexpected(bad_request("create needs an organisation"));
  const auto named = text(asked, "workspace");
  const auto* place = named.empty() ? nullptr : all.find_workspace(owner->id, named);
  if (place == nullptr && !named.empty()) return std::unexpected(bad_request("no such workspace"));
  const scope where{owner->id, place == nullptr ? "" : place->id};
  if (all.by_slug(kind, where, slug) != nullptr) return std::unexpected(conflict(kind, slug));
  record made{.kind = kind, .id = ids.next_uuid(), .slug = slug, .where = where, .body = *fields};
  made.body["created_at"] = format_timestamp(now);
  const record& stored = all.insert(std::move(made));
  return json::object{{"id", stored.id}, {"slug", stored.slug}};
}

result patch_record(store& all, const record& one, const json::object& asked, wall_time now) {
  const auto* patch = asked.if_contains("patch");
  if (patch == nullptr || !patch->is_object()) return std::unexpected(bad_request("patch must be an object"));
  if (patch->get_object().contains("id") || patch->get_object().contains("slug"))
    return std::unexpected(bad_request("id and slug can't be changed"));
  record& changed = all.change(one);
  json::value merged = one.body;
  merge_patch(merged, *patch);
  changed.body = std::move(merged.get_object());
  if (changed.kind == family::integration || changed.body.contains("last_updated_at"))
    changed.body["last_updated_at"] = format_timestamp(now);
  if (patch->get_object().contains("reset_usage")) follow_usage(changed);
  return json::object{{"id", one.id}, {"slug", one.slug}};
}

}  // namespace

result edit_record(store& all, id_source& ids, const json::object& asked, wall_time now) {
  const auto* names = kind_in(asked);
  if (names == nullptr) {
    std::string expected = "kind must be one of";
    for (const auto& one : families) expected.append(" ").append(one.collection);
    return std::unexpected(bad_request(expected));
  }
  if (asked.contains("create")) return create_record(all, ids, names->kind, asked, now);
  const auto found = all.list(names->kind, [&](const record& one) { return meant(all, one, asked); });
  if (found.empty()) return std::unexpected(not_found(names->kind));
  if (found.size() > 1)
    return std::unexpected(api_error{409, "AB07", "conflict_error",
                                     "the slug names several records: add organisation or workspace",
                                     error_shape::detailed});
  const record& one = *found.front();
  const auto* remove = asked.if_contains("delete");
  if (remove == nullptr || *remove != json::value(true)) return patch_record(all, one, asked, now);
  json::object named{{"id", one.id}, {"slug", one.slug}};
  all.erase(one);
  return named;
}

}  // namespace sidecache::mock
