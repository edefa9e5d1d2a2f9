#include "proxy/replica.hpp"

#include "proxy/core.hpp"

namespace sidecache::proxy {

void replica::begin_write(std::span<const cache_tag> touched, mono_time now) const {
  for (core* const each : cores_) each->overtake(touched, now);
}

void replica::end_write(std::span<const cache_tag> touched, bool applied, invalidation_source by) const {
  for (core* const each : cores_) each->invalidate(touched, applied, by);
}

peer_answer replica::tell(const peer_question& asked, mono_time now) {
  const bool knows = asked.told.epoch == epoch;
  if (knows) stale.named(asked.whose, asked.told.number);
  auto [names, upto] = stale.since(asked.whose, knows ? asked.told.number : 0, most_peer_names_bytes, now);
  return {.upto = {.epoch = epoch, .number = upto}, .named = std::move(names)};
}

}  // namespace sidecache::proxy
