#include "cache/dependencies.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"

namespace sidecache::cache {

enum class dependencies::name : std::uint8_t {
  ident,                // a record by its slug or UUID
  id_unknown,           // records whose UUID is not known
  slug_unknown,         // reads by UUID under way
  all,                  // every record and negative of the family
  negative,             // remembered 401, 403 and 404
  parent,               // keys by their integration's slug or UUID
  parent_slug_unknown,  // keys whose integration is known by its UUID only
  parent_id_unknown,    // keys whose integration is known by its slug only
  parent_unknown,       // keys whose integration is not known at all
  partition,            // everything that one credential sees
};

namespace {

/// UUIDs compare without case; slugs with it.
std::string canonical(std::string_view ident) { return http::is_uuid(ident) ? lower(ident) : std::string(ident); }

}  // namespace

void relations::learn(std::string_view uuid, std::string_view slug) {
  if (uuid.empty() || slug.empty()) return;
  const std::lock_guard lock(mutex_);
  if (slugs_.size() >= max_) slugs_.clear();
  slugs_.insert_or_assign(lower(uuid), std::string(slug));
}

void relations::forget(std::string_view uuid) {
  const std::lock_guard lock(mutex_);
  slugs_.erase(lower(uuid));
}

std::string relations::slug_of(std::string_view uuid) const {
  const std::lock_guard lock(mutex_);
  const auto at = slugs_.find(lower(uuid));
  return at == slugs_.end() ? std::string{} : at->second;
}

cache_tag dependencies::tag(name what, family f, std::string_view ident) const {
  std::string text{static_cast<char>(what), static_cast<char>(f)};
  text.append(ident);
  return siphash(key_, text);
}

cache_tag dependencies::of_partition(const digest128& partition) const {
  return tag(name::partition, family::integration, {reinterpret_cast<const char*>(partition.data()), partition.size()});
}

dependencies::tags dependencies::of_read(records::kind kind, std::string_view ident) const {
  const family f = family_of(kind);
  tags out{tag(name::ident, f, canonical(ident)), tag(http::is_uuid(ident) ? name::slug_unknown : name::id_unknown, f),
           tag(name::all, f), tag(name::negative, f)};
  if (f == family::key) out.push_back(tag(name::parent_unknown, f));
  return out;
}

dependencies::tags dependencies::of_record(records::kind kind, std::string_view ident,
                                           const records::record_facts& facts, const digest128& partition) const {
  const family f = family_of(kind);
  tags out{of_partition(partition), tag(name::all, f), tag(name::ident, f, canonical(ident)),
           tag(name::ident, f, canonical(facts.slug))};
  const std::string_view id = facts.id.empty() && http::is_uuid(ident) ? ident : std::string_view(facts.id);
  out.push_back(id.empty() ? tag(name::id_unknown, f) : tag(name::ident, f, canonical(id)));
  if (f == family::key) add_parent(out, facts.integration_id);
  std::ranges::sort(out);
  out.erase(std::ranges::unique(out).begin(), out.end());
  return out;
}

void dependencies::add_parent(tags& out, std::string_view integration_id) const {
  const family f = family::key;
  if (integration_id.empty()) {
    out.push_back(tag(name::parent_unknown, f));
    return;
  }
  out.push_back(tag(name::parent, f, canonical(integration_id)));
  if (!http::is_uuid(integration_id)) {
    out.push_back(tag(name::parent_id_unknown, f));
    return;
  }
  const std::string slug = relations_.slug_of(integration_id);
  out.push_back(slug.empty() ? tag(name::parent_slug_unknown, f) : tag(name::parent, f, slug));
}

dependencies::tags dependencies::of_negative(records::kind kind, std::string_view ident,
                                             const digest128& partition) const {
  const family f = family_of(kind);
  return {of_partition(partition), tag(name::ident, f, canonical(ident)), tag(name::all, f), tag(name::negative, f)};
}

dependencies::tags dependencies::touched_by(http::method method, const http::target& target) const {
  using enum http::target_class;
  tags out;
  if (http::is_safe(method)) return out;
  const bool is_integration = target.kind == records::kind::integration;
  switch (target.what) {
    case record:
    case sub_resource:
      if (is_integration) {
        touch_integration(out, target.ident);
        if (target.sub_resource == "workspaces") out.push_back(tag(name::negative, family::key));
      } else {
        touch_key(out, target.ident);
      }
      break;
    case list:
      out.push_back(tag(name::negative, family_of(target.kind)));
      // Only creation is known of lists; anything else that is sent there may change any of its records.
      if (method != http::method::post) out.push_back(tag(name::all, family_of(target.kind)));
      break;
    case policy:
      out.push_back(tag(name::all, family::key));
      break;
    case workspace:
      out.push_back(tag(name::all, family::integration));
      break;
    case opaque:
      touch_everything(out);
      break;
    case api_key:
    case other:
      break;
  }
  return out;
}

dependencies::tags dependencies::everything() const {
  tags out;
  touch_everything(out);
  return out;
}

void dependencies::touch_integration(tags& out, std::string_view ident) const {
  const family f = family::integration;
  const bool by_id = http::is_uuid(ident);
  out.insert(out.end(), {tag(name::ident, f, canonical(ident)), tag(by_id ? name::id_unknown : name::slug_unknown, f),
                         tag(name::negative, f), tag(name::parent, family::key, canonical(ident)),
                         tag(name::parent_unknown, family::key)});
  if (!by_id) {
    out.push_back(tag(name::parent_slug_unknown, family::key));
  } else if (const std::string slug = relations_.slug_of(ident); !slug.empty()) {
    out.push_back(tag(name::parent, family::key, slug));
  } else {
    out.push_back(tag(name::parent_id_unknown, family::key));
  }
}

void dependencies::touch_key(tags& out, std::string_view ident) const {
  const family f = family::key;
  out.insert(out.end(), {tag(name::ident, f, canonical(ident)),
                         tag(http::is_uuid(ident) ? name::id_unknown : name::slug_unknown, f), tag(name::negative, f)});
}

void dependencies::touch_everything(tags& out) const {
  for (const family f : {family::integration, family::key})
    out.insert(out.end(), {tag(name::all, f), tag(name::negative, f), tag(name::parent_unknown, f)});
}

}  // namespace sidecache::cache
