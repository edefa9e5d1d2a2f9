#include "proxy/heard_syncs.hpp"

#include <algorithm>

namespace sidecache::proxy {
namespace {

/// As concerns(), but two clients are two: dropping too much is never wrong, and taking another's word is.
bool is_of(const tenant& sync, const tenant& records) {
  if (sync.client != 0 && records.client != 0) return sync.client == records.client;
  return concerns(sync, records);
}

}  // namespace

bool concerns(const tenant& sync, const tenant& records) {
  return (sync.client != 0 && sync.client == records.client) ||
         (!records.organisation.empty() && http::same_ident(sync.organisation, records.organisation));
}

void heard_syncs::heard(const tenant& whose, const std::string& identifier, mono_time sent) {
  const std::lock_guard lock(mutex_);
  const auto at = std::ranges::find_if(lines_, [&](const line& each) {
    return each.whose.organisation == whose.organisation && each.whose.client == whose.client &&
           each.identifier == identifier;
  });
  if (at != lines_.end()) {
    at->sent = std::max(at->sent, sent);
    return;
  }
  if (lines_.size() >= max_) lines_.erase(std::ranges::min_element(lines_, {}, &line::sent));
  lines_.push_back({whose, identifier, sent});
}

void heard_syncs::lost(const tenant& whose) {
  const std::lock_guard lock(mutex_);
  std::erase_if(lines_, [&](const line& each) { return concerns(each.whose, whose); });
}

std::optional<mono_time> heard_syncs::last(const tenant& whose, mono_time since) const {
  const std::lock_guard lock(mutex_);
  std::optional<mono_time> found;
  for (const line& each : lines_)
    if (each.sent >= since && is_of(each.whose, whose)) found = std::min(found.value_or(each.sent), each.sent);
  return found;
}

}  // namespace sidecache::proxy
