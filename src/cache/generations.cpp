#include "cache/generations.hpp"

#include <algorithm>

namespace sidecache::cache {

void generations::set_cool_down(duration to) {
  const std::lock_guard lock(mutex_);
  limits_.remember = std::max(limits_.remember, limits_.cool_down);  // a tag is not forgotten before it has cooled
  limits_.cool_down = to;
}

std::uint64_t generations::begin_read() const {
  const std::lock_guard lock(mutex_);
  return number_;
}

void generations::begin_write(std::span<const cache_tag> touched, mono_time now) { note(touched, now, false); }

void generations::end_write(std::span<const cache_tag> touched, mono_time now) { note(touched, now, true); }

bool generations::intact(std::span<const cache_tag> depends_on, std::uint64_t asked) const {
  const std::lock_guard lock(mutex_);
  if (asked < forgotten_) return false;
  return std::ranges::none_of(depends_on, [&](cache_tag tag) {
    const auto at = writes_.find(tag);
    return at != writes_.end() && at->second.number > asked;
  });
}

bool generations::cooling(std::span<const cache_tag> depends_on, mono_time now) const {
  const std::lock_guard lock(mutex_);
  if (now < all_cool_until_) return true;
  return std::ranges::any_of(depends_on, [&](cache_tag tag) {
    const auto at = writes_.find(tag);
    return at != writes_.end() && now < at->second.cool_until;
  });
}

void generations::note(std::span<const cache_tag> touched, mono_time now, bool ended) {
  const std::lock_guard lock(mutex_);
  ++number_;
  for (const cache_tag tag : touched) {
    auto& last = writes_[tag];
    last.number = number_;
    if (ended) last.cool_until = std::max(last.cool_until, now + limits_.cool_down);
    in_order_.push_back({tag, number_, now});
  }
  forget_old(now);
}

void generations::forget_old(mono_time now) {
  const duration remember = std::max(limits_.remember, limits_.cool_down);
  while (!in_order_.empty()) {
    const noted& oldest = in_order_.front();
    if (now - oldest.at < remember && in_order_.size() <= limits_.max_tags) return;
    const auto at = writes_.find(oldest.tag);
    if (at != writes_.end() && at->second.number == oldest.number) {
      forgotten_ = std::max(forgotten_, oldest.number);
      all_cool_until_ = std::max(all_cool_until_, at->second.cool_until);  // in the past, unless there were too many
      writes_.erase(at);
    }
    in_order_.pop_front();
  }
}

}  // namespace sidecache::cache
