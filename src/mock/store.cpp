#include "mock/store.hpp"

#include <algorithm>
#include <set>

#include "base/text.hpp"

namespace sidecache::mock {
namespace {

std::string slug_key(const scope& where, std::string_view slug) {
  std::string key = where.organisation_id;
  key.append("/").append(where.workspace_id).append("/").append(slug);
  return key;
}

template <class Range, class Predicate>
auto* first(Range& range, Predicate wanted) {
  const auto at = std::ranges::find_if(range, wanted);
  return at == range.end() ? nullptr : &*at;
}

change name_of(const record& one) { return {one.kind, one.id, one.slug, one.where}; }

bool visible(const record& one, const scope& from) {
  return one.where.organisation_id == from.organisation_id &&
         (from.workspace_id.empty() || one.where.workspace_id.empty() || one.where.workspace_id == from.workspace_id);
}

}  // namespace

const organisation* store::find_organisation(std::string_view ident) const {
  return first(organisations_,
               [&](const organisation& o) { return o.slug == ident || equal_ignoring_case(o.id, ident); });
}

const workspace* store::find_workspace(std::string_view organisation_id, std::string_view ident) const {
  return first(workspaces_, [&](const workspace& w) {
    return w.organisation_id == organisation_id && (w.slug == ident || equal_ignoring_case(w.id, ident));
  });
}

const api_key* store::find_key(std::string_view secret) const {
  return first(keys_,
               [&](const api_key& key) { return key.secret == secret && by_id(family::api_key, key.id) != nullptr; });
}

const client_auth* store::find_client_auth(std::string_view secret) const {
  return first(client_auths_, [&](const client_auth& one) { return one.secret == secret; });
}

void store::add(api_key one, json::object fields) {
  record made{
      .kind = family::api_key, .id = one.id, .slug = one.name, .where = {one.organisation_id, one.workspace_id}};
  made.body = std::move(fields);
  made.body["name"] = one.name;
  if (by_slug(made.kind, made.where, made.slug) != nullptr) made.slug = one.id;
  insert(std::move(made));
  keys_.push_back(std::move(one));
}

void store::note(const record& one) {
  changes_.add(name_of(one));
  if (one.kind != family::integration) return;
  // Gateways see a provider and a virtual key with the key and the models of their integration.
  for (const auto kind : {family::provider, family::virtual_key})
    for (const auto* dependent : dependents(one, kind)) changes_.add(name_of(*dependent));
}

const record& store::insert(record made) {
  auto& all = of(made.kind);
  const auto number = ++made_;
  all.by_slug.emplace(slug_key(made.where, made.slug), number);
  all.by_id.emplace(made.id, number);
  const record& stored = all.in_order.emplace(number, std::move(made)).first->second;
  note(stored);
  return stored;
}

record& store::change(const record& one) {
  note(one);
  auto& all = of(one.kind);
  return all.in_order.at(all.by_id.at(one.id));
}

void store::erase(const record& one) {
  note(one);
  auto& all = of(one.kind);
  const auto at = all.by_id.find(one.id);
  const auto number = at->second;
  all.by_slug.erase(slug_key(one.where, one.slug));
  all.by_id.erase(at);
  all.in_order.erase(number);
}

const record* store::by_slug(family kind, const scope& where, std::string_view slug) const {
  const auto& all = of(kind);
  const auto at = all.by_slug.find(slug_key(where, slug));
  return at == all.by_slug.end() ? nullptr : &all.in_order.at(at->second);
}

const record* store::by_id(family kind, std::string_view id) const {
  const auto& all = of(kind);
  const auto at = all.by_id.find(lower(id));
  return at == all.by_id.end() ? nullptr : &all.in_order.at(at->second);
}

const record* store::find(family kind, const scope& from, std::string_view ident) const {
  if (const auto* one = by_id(kind, ident)) return visible(*one, from) ? one : nullptr;
  if (const auto* one = by_slug(kind, from, ident)) return one;
  if (!from.workspace_id.empty()) return by_slug(kind, {from.organisation_id, ""}, ident);
  const auto matches = list(kind, [&](const record& one) { return one.slug == ident && visible(one, from); });
  return matches.empty() ? nullptr : matches.front();
}

std::vector<const record*> store::list(family kind, const std::function<bool(const record&)>& wanted) const {
  std::vector<const record*> found;
  for (const auto& [number, one] : of(kind).in_order)
    if (wanted(one)) found.push_back(&one);
  return found;
}

std::vector<const record*> store::dependents(const record& integration, family kind) const {
  return list(kind, [&](const record& one) {
    const auto* id = one.body.if_contains("integration_id");
    return id != nullptr && id->is_string() && equal_ignoring_case(std::string_view(id->get_string()), integration.id);
  });
}

std::vector<change> store::changes_for(const std::string& organisation_id, std::string_view identifier) {
  if (auto taken = changes_.take(organisation_id, identifier)) return *std::move(taken);
  auto everything = changes_.all_of(organisation_id);  // of what was erased, only the log knows
  std::set<std::string> named;
  for (const auto& one : everything) named.insert(one.id);
  for (const auto& names : families)
    for (const auto* one :
         list(names.kind, [&](const record& each) { return each.where.organisation_id == organisation_id; }))
      if (named.insert(one->id).second) everything.push_back(name_of(*one));
  return everything;
}

}  // namespace sidecache::mock
