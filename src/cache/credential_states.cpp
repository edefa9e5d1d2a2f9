#include "cache/credential_states.hpp"

#include <algorithm>

namespace sidecache::cache {

credential_states::denied_result credential_states::denied(const digest128& credential, std::uint64_t key_hash) {
  const std::lock_guard lock(mutex_);
  denied_result result;
  result.forgotten = make_room_for(credential);
  state& its = states_[credential];
  size_ = states_.size();
  if (std::ranges::find(its.denied, key_hash) != its.denied.end() || its.denied.size() >= denials_that_lock)
    return result;
  its.denied.push_back(key_hash);
  result.locks = its.denied.size() == denials_that_lock;
  return result;
}

bool credential_states::granted(const digest128& credential, mono_time now) {
  if (size_ == 0) return false;
  const std::lock_guard lock(mutex_);
  const auto at = states_.find(credential);
  if (at == states_.end()) return false;
  const bool was_locked = at->second.denied.size() >= denials_that_lock;
  at->second.denied.clear();
  if (at->second.paused_until > now) return was_locked;
  states_.erase(at);
  size_ = states_.size();
  return was_locked;
}

std::optional<digest128> credential_states::pause(const digest128& credential, mono_time until) {
  const std::lock_guard lock(mutex_);
  auto forgotten = make_room_for(credential);
  state& its = states_[credential];
  its.paused_until = std::max(its.paused_until, until);
  size_ = states_.size();
  return forgotten;
}

std::optional<mono_time> credential_states::paused_until(const digest128& credential, mono_time now) const {
  if (size_ == 0) return std::nullopt;
  const std::lock_guard lock(mutex_);
  const auto at = states_.find(credential);
  if (at == states_.end() || at->second.paused_until <= now) return std::nullopt;
  return at->second.paused_until;
}

std::optional<digest128> credential_states::make_room_for(const digest128& credential) {
  if (const auto at = states_.find(credential); at != states_.end()) return std::nullopt;
  std::optional<digest128> forgotten;
  if (states_.size() >= max_) {
    const auto oldest = std::ranges::min_element(states_, {}, [](const auto& item) { return item.second.since; });
    forgotten = oldest->first;
    states_.erase(oldest);
  }
  states_[credential].since = ++count_;
  return forgotten;
}

}  // namespace sidecache::cache
