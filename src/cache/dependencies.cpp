#include "cache/dependencies.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.hpp"

namespace sidecache::cache {

enum class dependencies::name : std::uint8_t {
  ident,                 // a record by its slug or UUID
  id_unknown,            // records whose UUID is not known
  slug_unknown,          // reads by UUID under way, and what was asked for by UUID and tells no slug
  all,                   // every record and negative of the family
  negative,              // remembered 401, 403 and 404
  parent,                // keys by their integration's slug or UUID
  parent_slug_unknown,   // keys whose integration is known by its UUID only
  parent_id_unknown,     // keys whose integration is known by its slug only
  parent_unknown,        // keys whose integration is not known at all
  partition,             // everything that one credential sees
  workspace,             // records of a workspace
  workspace_unknown,     // records and negatives that don't say whose they are
  list,                  // the list of integrations
  organisation,          // everything of an organisation
  organisation_unknown,  // what does not say of which
  client,                // everything of a client of the data plane
  owner,                 // everything that an API key sees, by its id
  owner_unknown,         // everything of credentials whose API key was never seen
  owner_any,             // reads under way, of any API key; the last
};

namespace {

/// Gateways ask for a prompt's version as SLUG@VERSION, and sync names the prompt.
std::string_view unversioned(std::string_view ident) { return ident.substr(0, ident.find('@')); }

void sort_out(dependencies::tags& tags) {
  std::ranges::sort(tags);
  tags.erase(std::ranges::unique(tags).begin(), tags.end());
}

}  // namespace

dependencies::dependencies(siphash_key key)
    : key_(key), families_((std::to_underlying(name::owner_any) + 1U) * all_families.size()), relations_(key) {
  for (std::size_t what = 0; what <= std::to_underlying(name::owner_any); ++what)
    for (const family f : all_families)
      families_[what * all_families.size() + std::to_underlying(f)] = tag(static_cast<name>(what), f, {});
}

cache_tag dependencies::tag(name what, family f) const {
  return families_[std::to_underlying(what) * all_families.size() + std::to_underlying(f)];
}

cache_tag dependencies::tag(name what, family f, std::string_view of) const {
  const std::array<char, 2> begin{static_cast<char>(what), static_cast<char>(f)};
  return siphash_prefix(key_, {begin.data(), begin.size()}).with(of);
}

/// UUIDs compare without case; slugs with it.
cache_tag dependencies::tag_of(name what, family f, std::string_view ident) const {
  if (!http::is_uuid(ident)) return tag(what, f, ident);
  std::array<char, 36> lowered{};
  std::ranges::transform(ident, lowered.begin(), to_lower);
  return tag(what, f, {lowered.data(), lowered.size()});
}

cache_tag dependencies::of_partition(const digest128& partition) const {
  return tag(name::partition, family::integration, {reinterpret_cast<const char*>(partition.data()), partition.size()});
}

dependencies::tags dependencies::of_read(const subject& about) const {
  const family f = family_of(about.kind);
  tags out{tag(name::all, f), tag(name::negative, f), tag(name::owner_any, family::api_key)};
  if (about.kind == records::kind::integration_list) {
    out.push_back(tag(name::list, f));
  } else {
    add_ident(out, f, about.ident);
    out.push_back(tag(http::is_uuid(unversioned(about.ident)) ? name::slug_unknown : name::id_unknown, f));
  }
  if (f == family::key) out.push_back(tag(name::parent_unknown, f));
  add_tenant(out, about.whose, {});
  return out;
}

dependencies::tags dependencies::of_record(const subject& about, const records::record_facts& facts) const {
  const family f = family_of(about.kind);
  tags out{of_partition(about.partition), tag(name::all, f)};
  if (about.kind == records::kind::integration_list) {
    out.push_back(tag(name::list, f));
  } else {
    add_ident(out, f, about.ident);
    const std::string_view asked = unversioned(about.ident);
    if (!facts.slug.empty()) out.push_back(tag_of(name::ident, f, facts.slug));
    if (facts.slug.empty() && http::is_uuid(asked)) out.push_back(tag(name::slug_unknown, f));
    const bool asked_by_id = facts.id.empty() && http::is_uuid(asked);
    const std::string_view id = asked_by_id ? asked : std::string_view(facts.id);
    out.push_back(id.empty() ? tag(name::id_unknown, f) : tag_of(name::ident, f, id));
  }
  if (f == family::key) add_parent(out, facts.integration_id);
  out.push_back(facts.workspace_id.empty() ? tag(name::workspace_unknown, family::integration)
                                           : tag_of(name::workspace, family::integration, facts.workspace_id));
  add_tenant(out, about.whose, facts.organisation_id);
  add_owner(out, about.partition);
  sort_out(out);
  return out;
}

void dependencies::add_ident(tags& out, family f, std::string_view ident) const {
  out.push_back(tag_of(name::ident, f, ident));
  if (const auto base = unversioned(ident); base != ident) out.push_back(tag_of(name::ident, f, base));
}

/// The organisation may be given as a slug here and as a UUID there: an entry is of both.
void dependencies::add_tenant(tags& out, const tenant& whose, std::string_view organisation_found) const {
  for (const std::string_view each : {std::string_view(whose.organisation), organisation_found})
    if (!each.empty()) out.push_back(tag_of(name::organisation, family::integration, each));
  if (whose.organisation.empty() && organisation_found.empty())
    out.push_back(tag(name::organisation_unknown, family::integration));
  if (whose.client != 0) out.push_back(of_client(whose.client));
}

cache_tag dependencies::of_client(std::uint64_t client) const {
  return tag(name::client, family::integration, {reinterpret_cast<const char*>(&client), sizeof(client)});
}

void dependencies::add_owner(tags& out, const digest128& partition) const {
  const std::string owner = relations_.owner_of(partition);
  out.push_back(owner.empty() ? tag(name::owner_unknown, family::api_key) : tag(name::owner, family::api_key, owner));
}

void dependencies::add_parent(tags& out, std::string_view integration_id) const {
  const family f = family::key;
  if (integration_id.empty()) {
    out.push_back(tag(name::parent_unknown, f));
    return;
  }
  out.push_back(tag_of(name::parent, f, integration_id));
  if (!http::is_uuid(integration_id)) {
    out.push_back(tag(name::parent_id_unknown, f));
    return;
  }
  const std::string slug = relations_.slug_of(integration_id);
  out.push_back(slug.empty() ? tag(name::parent_slug_unknown, f) : tag(name::parent, f, slug));
}

dependencies::tags dependencies::of_negative(const subject& about) const {
  const family f = family_of(about.kind);
  tags out{of_partition(about.partition), tag(name::all, f), tag(name::negative, f),
           tag(name::workspace_unknown, family::integration)};
  add_ident(out, f, about.ident);
  add_tenant(out, about.whose, {});
  add_owner(out, about.partition);
  return out;
}

dependencies::tags dependencies::touched_by(http::method method, const http::target& target) const {
  using enum http::target_class;
  tags out;
  if (http::is_safe(method)) return out;
  const family f = family_of(target.kind);
  switch (target.what) {
    case record:
    case sub_resource:
      // What runs a prompt changes nothing.
      if (f == family::prompt && (target.sub_resource == "completions" || target.sub_resource == "render")) break;
      touch(out, f, target.ident);
      if (f == family::integration && target.sub_resource == "workspaces")
        out.push_back(tag(name::negative, family::key));
      break;
    case list:
      touch_list(out, f, method);
      break;
    case policy:
      out.insert(out.end(), {tag(name::all, family::key), tag(name::all, family::api_key)});
      break;
    case workspace:
      out.insert(out.end(), {tag(name::all, family::integration), tag(name::all, family::api_key)});
      break;
    case opaque:
      touch_everything(out);
      break;
    case api_key:
      if (!target.ident.empty()) touch_api_key(out, target.ident);
      break;
    case sync:
    case resync:
      out = of_tenant({.organisation = target.organisation});
      break;
    case other:
      break;
  }
  return out;
}

dependencies::tags dependencies::touched_by(const changes& named) const {
  tags out;
  for (const auto& [of, ident] : named.items) {
    for (const family f : all_families) {
      if (of && *of != f) continue;
      if (ident.empty()) {
        out.insert(out.end(), {tag(name::all, f), tag(name::negative, f)});
        continue;
      }
      touch(out, f, ident);
      // Which credential an API key is may not be known: then it may be any of those.
      if (f == family::api_key) out.push_back(tag(name::owner_unknown, f));
    }
  }
  sort_out(out);
  return out;
}

dependencies::tags dependencies::of_tenant(const tenant& whose) const {
  tags out{tag_of(name::organisation, family::integration, whose.organisation),
           tag(name::organisation_unknown, family::integration)};
  if (whose.client != 0) out.push_back(of_client(whose.client));
  return out;
}

dependencies::choice dependencies::chosen_by(const purge_order& order) const {
  std::vector<family> families(all_families.begin(), all_families.end());
  if (order.kind) families = {family_of(*order.kind)};
  choice out;
  const auto of_each = [&](name what, std::string_view ident = {}) {
    tags group;
    for (const family f : families) group.push_back(tag_of(what, f, ident));
    return group;
  };
  const auto overtakes = [&](const tags& more) { out.overtaken.insert(out.overtaken.end(), more.begin(), more.end()); };
  if (!order.slug.empty()) {
    out.groups.push_back(of_each(name::ident, order.slug));
    overtakes(out.groups.back());
    overtakes(of_each(name::slug_unknown));
  }
  if (!order.uuid.empty()) {
    auto group = of_each(name::ident, order.uuid);
    for (const cache_tag unknown : of_each(name::id_unknown)) group.push_back(unknown);
    overtakes(group);
    out.groups.push_back(std::move(group));
  }
  if (!order.integration.empty()) {
    tags group;
    touch_integration(group, order.integration);
    std::erase(group, tag(name::negative, family::integration));
    out.groups.push_back(group);
    overtakes(group);
  }
  if (order.partition) out.groups.push_back({of_partition(*order.partition)});
  if (!order.workspace.empty())
    out.groups.push_back({tag_of(name::workspace, family::integration, order.workspace),
                          tag(name::workspace_unknown, family::integration)});
  if (out.groups.empty()) out.groups.push_back(of_each(name::all));
  // Reads under way know neither whose they are nor of which workspace.
  if (out.overtaken.empty()) out.overtaken = of_each(name::all);
  return out;
}

dependencies::tags dependencies::everything() const {
  tags out;
  touch_everything(out);
  return out;
}

void dependencies::touch(tags& out, family f, std::string_view ident) const {
  switch (f) {
    case family::integration:
      return touch_integration(out, ident);
    case family::api_key:
      return touch_api_key(out, ident);
    default:
      return touch_record(out, f, ident);
  }
}

void dependencies::touch_integration(tags& out, std::string_view ident) const {
  const family f = family::integration;
  const bool by_id = http::is_uuid(ident);
  out.insert(out.end(), {tag_of(name::ident, f, ident), tag(by_id ? name::id_unknown : name::slug_unknown, f),
                         tag(name::negative, f), tag(name::list, f), tag_of(name::parent, family::key, ident),
                         tag(name::parent_unknown, family::key)});
  if (!by_id) {
    out.push_back(tag(name::parent_slug_unknown, family::key));
  } else if (const std::string slug = relations_.slug_of(ident); !slug.empty()) {
    out.push_back(tag(name::parent, family::key, slug));
  } else {
    out.push_back(tag(name::parent_id_unknown, family::key));
  }
}

void dependencies::touch_record(tags& out, family f, std::string_view ident) const {
  add_ident(out, f, ident);
  out.insert(out.end(), {tag(http::is_uuid(ident) ? name::id_unknown : name::slug_unknown, f), tag(name::negative, f)});
}

/// What it is told of itself, and what it was given.
void dependencies::touch_api_key(tags& out, std::string_view ident) const {
  const family f = family::api_key;
  touch_record(out, f, ident);
  out.insert(out.end(), {tag(name::id_unknown, f), tag_of(name::owner, f, ident), tag(name::owner_any, f)});
}

/// Only creation is known of lists; anything else that is sent there may change any of its records.
void dependencies::touch_list(tags& out, family f, http::method method) const {
  out.push_back(tag(name::negative, f));
  if (f == family::integration) out.push_back(tag(name::list, f));
  if (method != http::method::post) out.push_back(tag(name::all, f));
}

void dependencies::touch_everything(tags& out) const {
  for (const family f : all_families)
    out.insert(out.end(), {tag(name::all, f), tag(name::negative, f), tag(name::parent_unknown, f)});
}

}  // namespace sidecache::cache
