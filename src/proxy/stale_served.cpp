#include "proxy/stale_served.hpp"

#include <algorithm>

namespace sidecache::proxy {
namespace {

/// As long as a gateway keeps what it was given.
constexpr duration kept_by_gateways = std::chrono::hours(7 * 24);

constexpr std::size_t most_repeated = 4096;

}  // namespace

void stale_served::note(const tenant& whose, const sync_addition& what, instant now) {
  const std::lock_guard lock(mutex_);
  key of{whose.organisation, whose.client, what.of, what.ident, what.workspace_id};
  auto at = lines_.find(of);
  if (at == lines_.end()) {
    if (lines_.size() >= max_) {
      ++figures_.forgotten;
      return;
    }
    line made{.whose = whose, .what = what, .first = now.wall, .last = now.wall, .seen = now.mono};
    at = lines_.emplace(std::move(of), std::move(made)).first;
  }
  at->second.last = now.wall;
  at->second.seen = now.mono;
  ++at->second.times;
  at->second.number = ++number_;
}

std::vector<stale_served::line> stale_served::list(std::size_t most) const {
  std::vector<line> all;
  {
    const std::lock_guard lock(mutex_);
    all.reserve(lines_.size());
    for (const auto& [of, each] : lines_) all.push_back(each);
  }
  std::ranges::sort(all, std::ranges::greater{}, &line::seen);
  if (all.size() > most) all.resize(most);
  return all;
}

stale_served::names stale_served::to_name(const tenant& whose, mono_time now) {
  const std::lock_guard lock(mutex_);
  forget_old(now);
  names made{.all = {}, .as_of = number_};
  std::vector<sync_addition>& out = made.all;
  for (const auto& [of, each] : lines_)
    if (concerns(whose, each.whose)) out.push_back(each.what);
  for (const repeated& each : repeated_)
    if (concerns(whose, each.whose) && std::ranges::find(out, each.what) == out.end()) out.push_back(each.what);
  return made;
}

void stale_served::named(const tenant& whose, std::uint64_t as_of) {
  const std::lock_guard lock(mutex_);
  figures_.healed += std::erase_if(
      lines_, [&](const auto& each) { return concerns(whose, each.second.whose) && each.second.number <= as_of; });
}

void stale_served::repeat(const tenant& whose, std::vector<sync_addition> named, mono_time now, duration span) {
  const std::lock_guard lock(mutex_);
  for (sync_addition& what : named) {
    if (repeated_.size() >= most_repeated) return;
    const auto same = [&](const repeated& each) {
      return each.what == what && each.whose.organisation == whose.organisation;
    };
    if (const auto at = std::ranges::find_if(repeated_, same); at != repeated_.end()) {
      at->until = now + span;
    } else {
      repeated_.push_back({whose, std::move(what), now + span});
    }
  }
}

stale_served::figures stale_served::look() const {
  const std::lock_guard lock(mutex_);
  figures now = figures_;
  now.waiting = lines_.size();
  return now;
}

void stale_served::forget_old(mono_time now) {
  figures_.forgotten +=
      std::erase_if(lines_, [&](const auto& each) { return now - each.second.seen > kept_by_gateways; });
  std::erase_if(repeated_, [&](const repeated& each) { return now >= each.until; });
}

}  // namespace sidecache::proxy
