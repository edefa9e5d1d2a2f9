// The part of core that makes the cache forget: writes, purges, and writes through another process.
#include <algorithm>

#include "proxy/core.hpp"

namespace sidecache::proxy {

void core::catch_up() {
  const std::uint64_t there = tenure_.others_wrote();
  if (there <= caught_up_.load(std::memory_order_acquire)) return;
  const std::lock_guard lock(catching_up_);
  if (there <= caught_up_.load(std::memory_order_relaxed)) return;
  invalidate(dependencies_.everything(), true, invalidation_source::write);
  caught_up_.store(there, std::memory_order_release);  // not before: who finds it caught up looks into the store
}

write_permit core::begin_write(const http::request_head& request, const plan& made) {
  using enum http::target_class;
  const bool of_a_tenant = (made.target.what == resync || made.target.what == sync) && !http::is_safe(request.method);
  return {*this, of_a_tenant ? dependencies_.of_tenant(tenant_of(request.fields, made.target.organisation))
                             : dependencies_.touched_by(request.method, made.target)};
}

void core::after_write(std::span<const cache_tag> touched, bool applied) {
  replica_->end_write(touched, applied, invalidation_source::write);
  tenure_.wrote();
}

void core::overtake(std::span<const cache_tag> touched, mono_time now) { generations_.begin_write(touched, now); }

void core::invalidate(std::span<const cache_tag> touched, bool applied, invalidation_source by) {
  generations_.end_write(touched, clock_.now().mono);
  for (const cache_tag tag : touched) {
    if (applied) {
      store_.drop_tagged(tag);
    } else {
      store_.mark_tagged(tag, cache::mark_suspect);
    }
  }
  invalidations_[static_cast<std::size_t>(by)].fetch_add(1, std::memory_order_relaxed);
}

std::size_t core::purge(const cache::purge_order& order) {
  const auto chosen = dependencies_.chosen_by(order);
  generations_.overtake(chosen.overtaken, clock_.now().mono);
  const std::span<const cache_tag> first = chosen.groups.front();
  std::size_t count = 0;
  for (std::size_t i = 0; i < first.size(); ++i) {
    const auto is_meant = [&](const entry_ptr& entry, const auto& has_tag) {
      if (order.kind && entry->kind != *order.kind) return false;
      if (std::ranges::any_of(first.first(i), has_tag)) return false;  // counted already
      return std::ranges::all_of(chosen.groups, [&](const auto& group) { return std::ranges::any_of(group, has_tag); });
    };
    count += order.soft ? store_.mark_tagged_if(first[i], cache::mark_suspect, is_meant)
                        : store_.drop_tagged_if(first[i], is_meant);
  }
  invalidations_[static_cast<std::size_t>(invalidation_source::purge)].fetch_add(1, std::memory_order_relaxed);
  return count;
}

}  // namespace sidecache::proxy
