#include "proxy/stale_served.hpp"

#include <algorithm>

namespace sidecache::proxy {
namespace {

/// As long as a gateway keeps what it was given.
constexpr duration kept_by_gateways = std::chrono::hours(7 * 24);

constexpr std::size_t most_repeated = 4096;

/// Gateways of another client may share the organisation, and have a store of their own: they were not told.
bool is_told(const tenant& sync, const tenant& records) {
  return concerns(sync, records) && (records.client == 0 || sync.client == records.client);
}

}  // namespace

void stale_served::note(const tenant& whose, const sync_addition& what, instant now) {
  const std::lock_guard lock(mutex_);
  key of{whose.organisation, whose.client, what.of, what.ident, what.workspace_id};
  auto at = lines_.find(of);
  if (at == lines_.end()) {
    if (lines_.size() >= max_) forget_lines(now.mono);
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

std::vector<stale_served::line> stale_served::list(std::size_t most, mono_time now) const {
  std::vector<line> all;
  {
    const std::lock_guard lock(mutex_);
    forget_lines(now);
    all.reserve(lines_.size());
    for (const auto& [of, each] : lines_) all.push_back(each);
  }
  std::ranges::sort(all, std::ranges::greater{}, &line::seen);
  if (all.size() > most) all.resize(most);
  return all;
}

stale_served::names stale_served::to_name(const tenant& whose, mono_time now, const reach& how) {
  const std::lock_guard lock(mutex_);
  forget_old(now, how);
  std::map<key, sync_addition> all;
  const auto add = [&](const sync_addition& what) {
    all.try_emplace(
        key{.organisation = {}, .client = 0, .of = what.of, .ident = what.ident, .workspace_id = what.workspace_id},
        what);
  };
  for (const auto& [of, each] : lines_)
    if (concerns(whose, each.whose)) add(each.what);
  for (const auto& [of, each] : repeated_)
    if (of.organisation == whose.organisation && tells_again(each, now, how)) add(each.what);
  names made{.all = {}, .as_of = number_};
  made.all.reserve(all.size());
  for (auto& [of, what] : all) made.all.push_back(std::move(what));
  return made;
}

void stale_served::named(const tenant& whose, std::uint64_t as_of) {
  const std::lock_guard lock(mutex_);
  figures_.healed += std::erase_if(
      lines_, [&](const auto& each) { return is_told(whose, each.second.whose) && each.second.number <= as_of; });
}

stale_served::names stale_served::since(const tenant& whose, std::uint64_t number, std::size_t most_bytes,
                                        mono_time now) const {
  const std::lock_guard lock(mutex_);
  forget_lines(now);
  std::vector<const line*> later;
  for (const auto& [of, each] : lines_)
    if (each.number > number && concerns(whose, each.whose)) later.push_back(&each);
  std::ranges::sort(later, {}, &line::number);
  names made{.all = {}, .as_of = number_};
  std::size_t bytes = 0;
  for (const line* each : later) {
    bytes += each->what.ident.size() + each->what.workspace_id.size() + 64;  // and the words around them
    if (bytes > most_bytes && !made.all.empty()) {
      made.as_of = each->number - 1;
      break;
    }
    made.all.push_back(each->what);
  }
  return made;
}

void stale_served::repeat(const tenant& whose, std::vector<sync_addition> named, mono_time now) {
  const std::lock_guard lock(mutex_);
  for (sync_addition& what : named) {
    key of{whose.organisation, 0, what.of, what.ident, what.workspace_id};
    const auto at = repeated_.try_emplace(std::move(of), repeated{std::move(what), now}).first;
    at->second.named = now;
  }
  if (repeated_.size() <= most_repeated) return;
  std::vector<mono_time> times;
  times.reserve(repeated_.size());
  for (const auto& [of, each] : repeated_) times.push_back(each.named);
  const auto oldest_kept = times.end() - static_cast<std::ptrdiff_t>(most_repeated);
  std::ranges::nth_element(times, oldest_kept);
  const mono_time kept = *oldest_kept;
  std::erase_if(repeated_, [&](const auto& each) { return each.second.named < kept; });
  while (repeated_.size() > most_repeated) repeated_.erase(std::prev(repeated_.end()));
}

void stale_served::troubled(mono_time now, const reach& how) {
  const std::lock_guard lock(mutex_);
  if (!trouble_ || now - trouble_->last > how.span) trouble_ = spell{now, now};
  trouble_->last = std::max(trouble_->last, now);
}

bool stale_served::tells_again(const repeated& each, mono_time now, const reach& how) const {
  if (now - each.named < how.span) return true;
  if (!trouble_ || trouble_->began - each.named > how.unheard_for) return false;
  const duration over_for = now - trouble_->last;
  return over_for >= how.quiet && over_for < how.span;
}

stale_served::figures stale_served::look(mono_time now_is) const {
  const std::lock_guard lock(mutex_);
  forget_lines(now_is);
  figures now = figures_;
  now.waiting = lines_.size();
  return now;
}

/// What a gateway has not kept any longer either.
void stale_served::forget_lines(mono_time now) const {
  figures_.forgotten +=
      std::erase_if(lines_, [&](const auto& each) { return now - each.second.seen > kept_by_gateways; });
}

void stale_served::forget_old(mono_time now, const reach& how) {
  forget_lines(now);
  std::erase_if(repeated_, [&](const auto& each) {
    return now - each.second.named > how.unheard_for && !tells_again(each.second, now, how);
  });
}

}  // namespace sidecache::proxy
