#include "cache/relations.hpp"

#include "base/text.hpp"

namespace sidecache::cache {

std::uint64_t relations::hash_of(std::string_view uuid) const { return siphash(key_, lower(uuid)); }

void relations::learn(std::string_view uuid, std::string_view slug) {
  if (uuid.empty() || slug.empty()) return;
  const auto hash = hash_of(uuid);
  const std::lock_guard lock(mutex_);
  if (slugs_.size() >= max_) slugs_.clear();
  slugs_.insert_or_assign(hash, std::string(slug));
}

void relations::forget(std::string_view uuid) {
  const std::lock_guard lock(mutex_);
  slugs_.erase(hash_of(uuid));
}

std::string relations::slug_of(std::string_view uuid) const {
  const std::lock_guard lock(mutex_);
  const auto at = slugs_.find(hash_of(uuid));
  return at == slugs_.end() ? std::string{} : at->second;
}

void relations::learn_owner(const digest128& partition, std::string_view api_key_id) {
  if (api_key_id.empty()) return;
  const std::lock_guard lock(mutex_);
  if (owners_.size() >= max_) owners_.clear();
  owners_.insert_or_assign(partition, lower(api_key_id));
}

std::string relations::owner_of(const digest128& partition) const {
  const std::lock_guard lock(mutex_);
  const auto at = owners_.find(partition);
  return at == owners_.end() ? std::string{} : at->second;
}

}  // namespace sidecache::cache
