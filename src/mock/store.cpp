#include "mock/store.hpp"

#include <algorithm>

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
  return first(keys_, [&](const api_key& key) { return key.secret == secret; });
}

record& store::insert(record made) {
  auto& all = of(made.kind);
  const auto number = ++made_;
  all.by_slug.emplace(slug_key(made.where, made.slug), number);
  all.by_id.emplace(made.id, number);
  return all.in_order.emplace(number, std::move(made)).first->second;
}

void store::erase(records::kind kind, const std::string& id) {
  auto& all = of(kind);
  const auto at = all.by_id.find(id);
  if (at == all.by_id.end()) return;
  const auto number = at->second;
  const record& one = all.in_order.at(number);
  all.by_slug.erase(slug_key(one.where, one.slug));
  all.by_id.erase(at);
  all.in_order.erase(number);
}

record* store::by_slug(records::kind kind, const scope& where, std::string_view slug) {
  auto& all = of(kind);
  const auto at = all.by_slug.find(slug_key(where, slug));
  return at == all.by_slug.end() ? nullptr : &all.in_order.at(at->second);
}

record* store::by_id(records::kind kind, std::string_view id) {
  auto& all = of(kind);
  const auto at = all.by_id.find(lower(id));
  return at == all.by_id.end() ? nullptr : &all.in_order.at(at->second);
}

record* store::find(records::kind kind, const scope& from, std::string_view ident) {
  if (auto* one = by_id(kind, ident)) return visible(*one, from) ? one : nullptr;
  if (auto* one = by_slug(kind, from, ident)) return one;
  if (!from.workspace_id.empty()) return by_slug(kind, {from.organisation_id, ""}, ident);
  const auto matches = list(kind, [&](const record& one) { return one.slug == ident && visible(one, from); });
  return matches.empty() ? nullptr : matches.front();
}

std::vector<record*> store::list(records::kind kind, const std::function<bool(const record&)>& wanted) {
  std::vector<record*> found;
  for (auto& [number, one] : of(kind).in_order)
    if (wanted(one)) found.push_back(&one);
  return found;
}

}  // namespace sidecache::mock
