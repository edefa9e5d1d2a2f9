#include "proxy/replica.hpp"

#include "proxy/core.hpp"

namespace sidecache::proxy {

void replica::begin_write(std::span<const cache_tag> touched, mono_time now) const {
  for (core* const each : cores_) each->overtake(touched, now);
}

void replica::end_write(std::span<const cache_tag> touched, bool applied, invalidation_source by) const {
  for (core* const each : cores_) each->invalidate(touched, applied, by);
}

}  // namespace sidecache::proxy
