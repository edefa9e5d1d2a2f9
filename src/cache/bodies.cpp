#include "cache/bodies.hpp"

#include <algorithm>

namespace sidecache::cache {

std::shared_ptr<const bodies::copy> bodies::share(std::string_view bytes) {
  const std::uint64_t hash = siphash(key_, bytes);
  const std::lock_guard lock(mutex_);
  auto& known = known_[hash];
  if (auto there = known.lock(); there && there->bytes == bytes) return there;
  auto made = std::make_shared<const copy>(bytes, held_);
  known = made;
  if (known_.size() >= forget_at_) forget_dead();
  return made;
}

void bodies::forget_dead() {
  std::erase_if(known_, [](const auto& each) { return each.second.expired(); });
  forget_at_ = std::max<std::size_t>(64, 2 * known_.size());
}

}  // namespace sidecache::cache
