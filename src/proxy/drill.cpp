#include "proxy/drill.hpp"

#include <algorithm>

namespace sidecache::proxy {

void drill::begin(mono_time now, duration how_long) {
  const std::lock_guard lock(mutex_);
  how_long = std::clamp(how_long, duration{}, longest);
  if (how_long > duration{}) {
    began_ = now;
    so_far_ = {};
    so_far_.ever = true;
    so_far_.length = how_long;
  } else if (on(now)) {
    so_far_.length = now - began_;
  }
  ends_.store((now + how_long).time_since_epoch().count(), std::memory_order_relaxed);
}

void drill::stood_in() {
  const std::lock_guard lock(mutex_);
  ++so_far_.stood_in;
}

void drill::failed(http::route route, const std::string& ident) {
  const std::lock_guard lock(mutex_);
  ++so_far_.failed;
  const std::pair key{route, ident};
  if (const auto at = so_far_.failed_records.find(key); at != so_far_.failed_records.end()) {
    ++at->second;
  } else if (so_far_.failed_records.size() < most_records) {
    so_far_.failed_records.emplace(key, 1);
  } else {
    ++so_far_.failed_elsewhere;
  }
}

drill_report drill::report(mono_time now) const {
  const std::lock_guard lock(mutex_);
  drill_report made = so_far_;
  if (made.ever) made.left = std::max(duration{}, ends_at() - now);
  return made;
}

}  // namespace sidecache::proxy
